// All completions of a typewriter on small canvases, one by one, each from a plain pass over all its tokens.
import type { Task } from "../arc/task.ts";
import { newLedger } from "../engine/ledger.ts";
import type { Model } from "../model/model.ts";
import { canvasTokens, TOKEN, type Token } from "../sequence/tokens.ts";
import { promptOf } from "./puzzle-prompt.ts";

/** The model, but for colours from `count` on, which it never finds likely. */
export const fewColours = (model: Model, count: number): Model => ({
  ...model,
  async run(...args) {
    const outputs = await model.run(...args);
    const { vocabSize } = model.config;
    for (let start = 0; start < outputs.logits.length; start += vocabSize)
      outputs.logits.fill(-1e9, start + count, start + TOKEN.rowEnd);
    return outputs;
  },
});

export interface Completion {
  readonly grid: readonly (readonly number[])[];
  readonly logProbability: number;
}

/** Every list of so many colours below `count`. */
const lists = (length: number, count: number): number[][] =>
  length === 0
    ? [[]]
    : lists(length - 1, count).flatMap((list) => Array.from({ length: count }, (_, id) => [...list, id]));

const COLOURS = [...Array(10).keys()];
const SIZES = Array.from({ length: 30 }, (_, i) => TOKEN.sizeBase + 1 + i);

/** Every completion of up to `side` by `side` cells in so many colours. */
export async function allCompletions(
  model: Model,
  task: Task,
  side: number,
  colours: number,
): Promise<Completion[]> {
  const { tokens: prompt, format } = promptOf(model, task);
  const grid = format.grid!.number;
  const { vocabSize } = model.config;
  const logitsOf = async (tokens: readonly Token[]): Promise<Float32Array> => {
    const n = tokens.length;
    const mask = Uint8Array.from({ length: n * n }, (_, i) => Number(i % n <= Math.floor(i / n)));
    const { logits } = await model.run(
      { tokens, mask },
      { logits: true, cache: false },
      newLedger(),
      "decode",
    );
    return logits;
  };
  const found: Completion[] = [];
  for (let rows = 1; rows <= side; rows++) {
    for (let columns = 1; columns <= side; columns++) {
      for (const cells of lists(rows * columns, colours)) {
        const answer = canvasTokens(rows, columns, grid, (r, c) => cells[r * columns + c]!);
        const logits = await logitsOf([...prompt, ...answer]);
        let logProbability = 0;
        for (const [i, { id }] of answer.entries()) {
          if (id === TOKEN.rowEnd) continue;
          const row = (prompt.length - 1 + i) * vocabSize;
          const range = i < 2 ? SIZES : COLOURS;
          const total = range.reduce((sum, one) => sum + Math.exp(logits[row + one]!), 0);
          logProbability += Math.log(Math.exp(logits[row + id]!) / total);
        }
        found.push({
          grid: Array.from({ length: rows }, (_, r) => cells.slice(r * columns, (r + 1) * columns)),
          logProbability,
        });
      }
    }
  }
  return found.toSorted((a, b) => b.logProbability - a.logProbability);
}
