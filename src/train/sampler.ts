// Which examples a training step sees: drawn in pools and sorted by length, so that little is padding.
import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import { random } from "../core/random.ts";
import type { Example } from "../objectives/objective.ts";
import type { Learning } from "./config.ts";
import type { Dataset } from "./dataset.ts";

/** Batches drawn together: the more, the closer the lengths within each. */
const POOL = 16;

/** So many tasks in a row that are all too long mean that hardly any is not. */
const ATTEMPTS = 200;

/** A task, and what the objective made of it. */
export interface Sample {
  readonly task: Task;
  readonly example: Example;
}

export interface SamplerSettings extends Learning {
  /** Sequences in a micro-batch. */
  readonly batchSize: number;
  /** Tasks whose sequence is longer are passed over. */
  readonly maxTokens: number;
  readonly seed: number;
}

/** The samples of micro-batch `index`. Remembers the last pool; any micro-batch can be asked for. */
export function batchSampler(
  dataset: Dataset,
  { objective, options, batchSize, maxTokens, seed }: SamplerSettings,
): (index: number) => readonly Sample[] {
  let pool = -1;
  let drawn: Sample[][] = [];
  return (index) => {
    const wanted = Math.floor(index / POOL);
    if (wanted !== pool) {
      pool = wanted;
      drawn = drawPool(wanted);
    }
    return drawn[index % POOL]!;
  };

  function drawPool(at: number): Sample[][] {
    const size = POOL * batchSize;
    const draw = random("pool", seed, at);
    const noises = draw.sample([...Array(size).keys()]).map((i) => (i + draw.float()) / size);
    const samples = noises.map((noise, i) => drawSample(at * size + i, noise));
    samples.sort((a, b) => a.example.tokens.length - b.example.tokens.length);
    const sorted = Array.from({ length: POOL }, (_, i) => samples.slice(i * batchSize, (i + 1) * batchSize));
    return draw.sample(sorted);
  }

  function drawSample(index: number, noise: number): Sample {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const task = dataset(index, attempt);
      const example = objective.example(task, noise, random("noise", seed, index), options);
      if (example.tokens.length <= maxTokens) return { task, example };
    }
    throw new JigsawError(
      "too-long",
      `${ATTEMPTS} tasks in a row are longer than ${maxTokens} tokens`,
      "Raise --max-tokens, or choose easier levels or smaller tasks.",
    );
  }
}
