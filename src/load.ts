// Finding and opening models: a folder by its path, a shipped one by its name, or one of the hub in Hugging Face's cache.
// Node only.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { loadWeights } from "./checkpoint/node/external-weights.ts";
import { openPuzzleCheckpoint, readPuzzleCheckpoint } from "./checkpoint/node/puzzle-checkpoint.ts";
import { JigsawError } from "./core/errors.ts";
import type { Engine } from "./engine/engine.ts";
import { type EngineOptions, openEngine } from "./engine/node/open.ts";
import { cachedModelFolder, looksLikeHubId } from "./hub/cache.ts";
import { openModel } from "./model/model.ts";
import type { Precision } from "./model/quantize.ts";
import type { TrainableModel } from "./solve/solver.ts";

/** The package's own folder, from the source as from the build. */
export const packageFolder = fileURLToPath(new URL("../", import.meta.url));
const shippedFolder = join(packageFolder, "models");

const versionIn = (path: string): string => JSON.parse(readFileSync(path, "utf8")).version;

/** Versions of everything that decides the numbers of a run. */
export const versions = (): Record<string, string> => ({
  jigsaw: versionIn(join(packageFolder, "package.json")),
  onnxruntime: versionIn(createRequire(import.meta.url).resolve("onnxruntime-node/package.json")),
  node: process.versions.node,
});

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
  /** An engine that is open already, which stays the caller's; the options of an engine then count for nothing. */
  readonly engine?: Engine;
  /** int8 takes less memory and time, on the CPU; answers are a little less exact. */
  readonly precision?: Precision;
  readonly warn?: (message: string) => void;
}

/** A model on an engine. */
export interface LoadedModel extends TrainableModel {
  readonly name: string;
  readonly folder: string;
  /** Closes the model, and the engine where it was opened for it. */
  close(): Promise<void>;
}

/**
 * Opens a model by its folder, a shipped name or a hub id that was pulled. Whatever its vocabulary, it then has our 64
 * tokens. Without an engine it gets one of its own, by default in a worker thread, so that this one stays free.
 * @throws JigsawError "not-found" where there is no such model, "bad-checkpoint" for one that cannot be read
 */
export async function loadModel(
  nameOrPath: string,
  { engine: given, precision = "float32", warn = () => {}, worker = true, ...options }: LoadOptions = {},
): Promise<LoadedModel> {
  // Before an engine is opened for nothing.
  const folder = modelFolder(nameOrPath);
  const engine = given ?? (await openEngine({ ...options, worker }));
  const closeEngine = async () => {
    if (!given) await engine.close();
  };
  try {
    await using checkpoint = await openPuzzleCheckpoint(folder, warn);
    const { config } = checkpoint;
    const model = openModel(engine, config, await loadWeights(checkpoint, { precision, warn }));
    return {
      name: nameOrPath,
      folder,
      engine,
      model,
      weights: async () => (await readPuzzleCheckpoint(folder)).weights,
      open: (trained) => openModel(engine, config, trained),
      async close() {
        await model.close();
        await closeEngine();
      },
    };
  } catch (error) {
    await closeEngine();
    throw error;
  }
}
