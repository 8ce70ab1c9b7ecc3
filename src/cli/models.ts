// Opening models for a verb: warnings go to standard error.

import { storedCheckpoint } from "../checkpoint/node/puzzle-checkpoint.ts";
import type { Engine } from "../engine/engine.ts";
import { loadModelOn, modelFolder } from "../load.ts";
import { type Model, openModel } from "../model/model.ts";
import type { Precision } from "../model/stored.ts";

export const warn = (message: string): void => {
  process.stderr.write(`warning: ${message}\n`);
};

/** Opens a model for puzzles: with our 64 tokens, whatever its vocabulary. */
export async function loadModel(
  engine: Engine,
  nameOrPath: string,
  precision: Precision = "float32",
): Promise<Model> {
  return (await loadModelOn(engine, nameOrPath, { precision, warn })).model;
}

/** Opens a model with the vocabulary that it has. */
export async function loadWholeModel(engine: Engine, nameOrPath: string): Promise<Model> {
  const { config, weights } = await storedCheckpoint(modelFolder(nameOrPath), warn);
  return openModel(engine, config, weights);
}
