// Models whose weights are read one at a time, so that none has to be in memory whole.
import type { Engine } from "../../engine/engine.ts";
import type { Qwen3Config } from "../../model/config.ts";
import { openMerger } from "../../model/merge.ts";
import { EMBEDDING, HEAD, type Weight, type Weights, weightShapes } from "../../model/weights.ts";
import type { Checkpoint, OpenCheckpoint } from "./checkpoint.ts";
import type { PeftAdapter } from "./peft.ts";

export interface WeightSource {
  readonly config: Qwen3Config;
  /** Reads a weight of `weightShapes(config)`; the caller may not change its values. */
  read(name: string): Promise<Weight>;
}

export const checkpointSource = ({ config, weights }: Checkpoint): WeightSource => ({
  config,
  read: async (name) => weights[name]!,
});

export const fileSource = ({ config, file }: OpenCheckpoint): WeightSource => ({
  config,
  read: async (name) => ({ dims: file.entries.get(name)!.shape, data: await file.read(name) }),
});

/** All weights at once. */
export async function readSource({ config, read }: WeightSource): Promise<Checkpoint> {
  const weights: Record<string, Weight> = {};
  for (const name of Object.keys(weightShapes(config))) weights[name] = await read(name);
  return { config, weights };
}

/** A model with an adapter merged into it, for the time of `work`; untied where the adapter unties it (see `baseOf`). */
export async function withMerged<T>(
  engine: Engine,
  source: WeightSource,
  adapter: PeftAdapter,
  work: (merged: WeightSource) => Promise<T>,
): Promise<T> {
  const merger = await openMerger(engine, adapter);
  const stored: Weights = adapter.stored;
  const unties = source.config.tieWordEmbeddings && !adapter.config.tieWordEmbeddings;
  const before = async (name: string): Promise<Weight> =>
    stored[name] ??
    (unties && name === HEAD
      ? (stored[EMBEDDING] ?? (await source.read(EMBEDDING)))
      : await source.read(name));
  try {
    return await work({
      config: adapter.config,
      read: async (name) => merger.merge(name, await before(name)),
    });
  } finally {
    await merger.close();
  }
}
