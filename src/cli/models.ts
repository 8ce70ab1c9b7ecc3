// Finding models: a folder by its path, a shipped one by its name, or one of the hub in Hugging Face's cache.
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { keepFragments } from "../decode/fragments.ts";
import type { Engine } from "../engine/engine.ts";
import { JigsawError } from "../errors.ts";
import { cachedModelFolder, looksLikeHubId } from "../hub/cache.ts";
import { type Model, openModel } from "../qwen3/model.ts";
import { storedCheckpoint, storedPuzzleCheckpoint } from "../qwen3/puzzle-checkpoint.ts";
import type { Precision } from "../qwen3/stored.ts";

/** The package's own folder, from the source as from the build. */
export const packageFolder = fileURLToPath(new URL("../../", import.meta.url));
const shippedFolder = join(packageFolder, "models");

/** Names of the models that come with the package. */
export const shippedModels = (): string[] =>
  existsSync(shippedFolder)
    ? readdirSync(shippedFolder).filter((name) => existsSync(join(shippedFolder, name, "config.json")))
    : [];

/** The folder of a model that is named by path, by a shipped name or by a hub id ("org/name[@revision]") that is cached. */
export function modelFolder(nameOrPath: string): string {
  const shipped = join(shippedFolder, nameOrPath);
  for (const folder of [resolve(nameOrPath), shipped, cachedModelFolder(nameOrPath)])
    if (folder && existsSync(join(folder, "config.json"))) return folder;
  const pull = looksLikeHubId(nameOrPath)
    ? `If it is a model of the hub, "jigsaw pull ${nameOrPath}" fetches it. `
    : "";
  throw new JigsawError(
    "not-found",
    `no model "${nameOrPath}": no folder of that name with a config.json`,
    `${pull}Shipped: ${shippedModels().join(", ") || "none"}; or train one with "jigsaw train".`,
  );
}

export const warn = (message: string): void => {
  process.stderr.write(`warning: ${message}\n`);
};

/** Opens a model for puzzles: with our 64 tokens, whatever its vocabulary. */
export async function loadModel(
  engine: Engine,
  nameOrPath: string,
  precision: Precision = "float32",
): Promise<Model> {
  const { config, weights } = await storedPuzzleCheckpoint(modelFolder(nameOrPath), warn, precision);
  const model = openModel(engine, config, weights);
  return config.jigsaw?.pattern === "fragments" ? keepFragments(model) : model;
}

/** Opens a model with the vocabulary that it has. */
export async function loadWholeModel(engine: Engine, nameOrPath: string): Promise<Model> {
  const { config, weights } = await storedCheckpoint(modelFolder(nameOrPath), warn);
  return openModel(engine, config, weights);
}
