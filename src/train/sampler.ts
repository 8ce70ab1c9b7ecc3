// Which examples a training step sees: drawn in pools and sorted by length, so that little is padding.
import { JigsawError } from "../core/errors.ts";
import { random } from "../core/random.ts";
import { type Example, type ObjectiveName, type ObjectiveOptions, objectives } from "../objectives/index.ts";
import type { Dataset } from "./dataset.ts";

/** Batches drawn together: the more, the closer the lengths within each. */
const POOL = 16;

/** So many tasks in a row that are all too long mean that hardly any is not. */
const ATTEMPTS = 200;

export interface BatchSettings {
  readonly objective: ObjectiveName;
  readonly options: ObjectiveOptions;
  /** Sequences in a micro-batch. */
  readonly batchSize: number;
  /** Tasks whose sequence is longer are passed over. */
  readonly maxTokens: number;
  readonly seed: number;
}

/** The examples of micro-batch `index`. Remembers the last pool; any micro-batch can be asked for. */
export function batchSampler(
  dataset: Dataset,
  { objective, options, batchSize, maxTokens, seed }: BatchSettings,
): (index: number) => readonly Example[] {
  let pool = -1;
  let drawn: Example[][] = [];
  return (index) => {
    const wanted = Math.floor(index / POOL);
    if (wanted !== pool) {
      pool = wanted;
      drawn = drawPool(wanted);
    }
    return drawn[index % POOL]!;
  };

  function drawPool(at: number): Example[][] {
    const size = POOL * batchSize;
    const draw = random("pool", seed, at);
    const noises = draw.sample([...Array(size).keys()]).map((i) => (i + draw.float()) / size);
    const examples = noises.map((noise, i) => drawExample(at * size + i, noise));
    examples.sort((a, b) => a.tokens.length - b.tokens.length);
    const sorted = Array.from({ length: POOL }, (_, i) => examples.slice(i * batchSize, (i + 1) * batchSize));
    return draw.sample(sorted);
  }

  function drawExample(index: number, noise: number): Example {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const task = dataset(index, attempt);
      const example = objectives[objective].example(task, noise, random("noise", seed, index), options);
      if (example.tokens.length <= maxTokens) return example;
    }
    throw new JigsawError(
      "too-long",
      `${ATTEMPTS} tasks in a row are longer than ${maxTokens} tokens`,
      "Raise --max-tokens, or choose easier levels or smaller tasks.",
    );
  }
}
