// Where a run begins: random weights, or those of another model. Node only.
import { VOCABULARY } from "../arc/tokens.ts";
import { JigsawError } from "../errors.ts";
import { readCheckpoint } from "../qwen3/checkpoint.ts";
import { initialWeights } from "../qwen3/initialise.ts";
import type { RunState } from "./checkpoints.ts";
import { newConfig, type TrainSettings } from "./settings.ts";

/** A run before its first step. With `init`, the settings take over the shape of that model. */
export async function newRun(settings: TrainSettings): Promise<RunState> {
  const begun = { state: {}, step: 0, tokens: 0, seconds: 0 };
  const fresh = newConfig(settings);
  if (settings.init === undefined) {
    return { settings, config: fresh, weights: initialWeights(fresh, settings.seed), ...begun };
  }
  const { config, weights } = await readCheckpoint(settings.init);
  if (config.vocabSize !== VOCABULARY) {
    throw new JigsawError(
      "unsupported",
      `${settings.init} has a vocabulary of ${config.vocabSize} tokens, puzzles are written in Jigsaw's own ${VOCABULARY}`,
      "Name the folder of a model that jigsaw trained.",
    );
  }
  const { hiddenSize, layers, heads, kvHeads, headDim, intermediateSize, ropeTheta } = config;
  const shape = { hiddenSize, layers, heads, kvHeads, headDim, intermediateSize, ropeTheta };
  const positions = config.jigsaw?.positions ?? "sequence";
  return {
    settings: { ...settings, ...shape },
    config: { ...config, jigsaw: { ...fresh.jigsaw!, positions } },
    weights,
    ...begun,
  };
}
