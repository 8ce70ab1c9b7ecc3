// Which examples a training step sees: drawn in pools and sorted by length, so that little is padding.
import { type Example, type ObjectiveName, type ObjectiveOptions, objectives } from "../objectives/index.ts";
import { random } from "../random.ts";
import type { Stream } from "./stream.ts";

/** Batches drawn together: the more, the closer the lengths within each. */
const POOL = 16;

export interface BatchSettings {
  readonly objective: ObjectiveName;
  readonly options: ObjectiveOptions;
  /** Sequences in a micro-batch. */
  readonly batchSize: number;
  readonly seed: number;
}

/** The examples of micro-batch `index`. Remembers the last pool; any micro-batch can be asked for. */
export function batches(stream: Stream, { objective, options, batchSize, seed }: BatchSettings) {
  let pool = -1;
  let drawn: Example[][] = [];
  return (index: number): readonly Example[] => {
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
    const examples = noises.map((noise, i) => {
      const index = at * size + i;
      return objectives[objective].example(stream(index), noise, random("noise", seed, index), options);
    });
    examples.sort((a, b) => a.tokens.length - b.tokens.length);
    const sorted = Array.from({ length: POOL }, (_, i) => examples.slice(i * batchSize, (i + 1) * batchSize));
    return draw.sample(sorted);
  }
}
