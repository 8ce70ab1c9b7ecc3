// Finding and opening models: a folder by its path, a shipped one by its name, or one of the hub in Hugging Face's cache.
// Node only.
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readPuzzleCheckpoint, storedPuzzleCheckpoint } from "./checkpoint/node/puzzle-checkpoint.ts";
import { JigsawError } from "./core/errors.ts";
import type { Engine } from "./engine/engine.ts";
import { type EngineOptions, openEngine } from "./engine/node/open.ts";
import { cachedModelFolder, looksLikeHubId } from "./hub/cache.ts";
import { openModel } from "./model/model.ts";
import type { Precision } from "./model/stored.ts";
import type { TrainableModel } from "./solve/solver.ts";

/** The package's own folder, from the source as from the build. */
export const packageFolder = fileURLToPath(new URL("../", import.meta.url));
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

export interface LoadOptions extends EngineOptions {
  /** int8 takes less memory and time, on the CPU; answers are a little less exact. */
  readonly precision?: Precision;
  readonly warn?: (message: string) => void;
}

/** A model on an engine of its own. */
export interface LoadedModel extends TrainableModel {
  readonly name: string;
  readonly folder: string;
  close(): Promise<void>;
}

/** Opens a model on an engine that is there already; it has our 64 tokens, whatever its vocabulary. */
export async function loadModelOn(
  engine: Engine,
  nameOrPath: string,
  { precision = "float32", warn = () => {} }: Pick<LoadOptions, "precision" | "warn"> = {},
): Promise<Omit<LoadedModel, "close">> {
  const folder = modelFolder(nameOrPath);
  const { config, weights } = await storedPuzzleCheckpoint(folder, warn, precision);
  return {
    name: nameOrPath,
    folder,
    engine,
    model: openModel(engine, config, weights),
    weights: async () => (await readPuzzleCheckpoint(folder, warn)).weights,
    open: (trained) => openModel(engine, config, trained),
  };
}

/**
 * Opens a model by its folder, a shipped name or a hub id that was pulled, on an engine of its own; by default in a
 * worker thread, so that this one stays free.
 * @throws JigsawError "not-found" where there is no such model, "bad-checkpoint" for one that cannot be read
 */
export async function loadModel(
  nameOrPath: string,
  { precision, warn, worker = true, ...options }: LoadOptions = {},
): Promise<LoadedModel> {
  // Before an engine is opened for nothing.
  modelFolder(nameOrPath);
  const engine = await openEngine({ ...options, worker });
  try {
    const loaded = await loadModelOn(engine, nameOrPath, {
      ...(precision && { precision }),
      ...(warn && { warn }),
    });
    return {
      ...loaded,
      async close() {
        await loaded.model.close();
        await engine.close();
      },
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
}
