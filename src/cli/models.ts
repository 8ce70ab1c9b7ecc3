// Finding models: a folder by its path, or a shipped one by its name.
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Engine } from "../engine/engine.ts";
import { JigsawError } from "../errors.ts";
import { readCheckpoint } from "../qwen3/checkpoint.ts";
import { type Model, openModel } from "../qwen3/model.ts";

/** The package's own folder, from the source as from the build. */
export const packageFolder = fileURLToPath(new URL("../../", import.meta.url));
const shippedFolder = join(packageFolder, "models");

/** Names of the models that come with the package. */
export const shippedModels = (): string[] =>
  existsSync(shippedFolder)
    ? readdirSync(shippedFolder).filter((name) => existsSync(join(shippedFolder, name, "config.json")))
    : [];

/** The folder of a model that is named by path or by a shipped name. */
export function modelFolder(nameOrPath: string): string {
  const shipped = join(shippedFolder, nameOrPath);
  for (const folder of [resolve(nameOrPath), shipped])
    if (existsSync(join(folder, "config.json"))) return folder;
  throw new JigsawError(
    "not-found",
    `no model "${nameOrPath}": no folder of that name with a config.json`,
    `Shipped: ${shippedModels().join(", ") || "none"}; or train one with "jigsaw train".`,
  );
}

export async function loadModel(engine: Engine, nameOrPath: string): Promise<Model> {
  const warn = (message: string) => process.stderr.write(`warning: ${message}\n`);
  const { config, weights } = await readCheckpoint(modelFolder(nameOrPath), warn);
  return openModel(engine, config, weights);
}
