// How likely a model finds given answers to a prompt: a typewriter exactly; masked diffusion by the bound on its
// likelihood. Sizes are told apart, as rules may know more of them than the model.
import { type Grid, height, width } from "../arc/grid.ts";
import { random } from "../core/random.ts";
import { openCompletions } from "../decode/completions.ts";
import { type Context, openContext, possibleCache } from "../decode/context.ts";
import type { Prompt } from "../decode/decoder.ts";
import {
  colourDistribution,
  type Distribution,
  probabilityOf,
  sizeDistribution,
} from "../decode/distribution.ts";
import type { Ledger } from "../engine/ledger.ts";
import type { Model } from "../model/model.ts";
import { gridTokens, sizeSlot, sizeToken, TOKEN, type Token } from "../sequence/tokens.ts";

/** Natural logarithms; all finite. */
export interface Likelihood {
  /** Of height and width. */
  readonly size: number;
  /** Of the cells, given the size: exact, or an estimate of a lower bound. */
  readonly cells: number;
  /** The variance of `cells` as an estimate; 0 where it is exact. */
  readonly variance: number;
}

/** Tokens of answers that are read in one pass at most, where there are several. */
const AT_ONCE = 1024;

const logOf = (probability: number): number => Math.log(Math.max(probability, Number.MIN_VALUE));

/** Cuts a list into runs whose lengths in tokens add up to at most `AT_ONCE`; each has one item at least. */
function inRuns<T>(
  items: readonly T[],
  lengthOf: (item: T) => number,
  most = Number.POSITIVE_INFINITY,
): T[][] {
  const runs: T[][] = [];
  let room = 0;
  for (const item of items) {
    const length = lengthOf(item);
    if (runs.length === 0 || room < length || runs.at(-1)!.length >= most) {
      runs.push([]);
      room = AT_ONCE;
    }
    runs.at(-1)!.push(item);
    room -= length;
  }
  return runs;
}

const tokensIn = (grid: Grid): number => height(grid) * (width(grid) + 1) + 2;

/** The exact likelihoods under a typewriter, several answers in one pass. */
export async function exactLikelihoods(
  model: Model,
  prompt: Prompt,
  grids: readonly Grid[],
  ledger: Ledger,
  signal?: AbortSignal,
): Promise<Likelihood[]> {
  const { tokens, grid } = prompt;
  const completions = await openCompletions(model, { tokens, grid }, "prompt", ledger, signal);
  try {
    const { start } = completions;
    const found: Likelihood[] = [];
    for (const run of inRuns(grids, tokensIn)) {
      const steps = run.map((answer) => ({
        path: start,
        ids: [sizeToken(height(answer)), sizeToken(width(answer)), ...answer.flat()],
      }));
      for (const way of await completions.write(steps)) {
        const logs = way.at(-1)!.choices.map(({ probability }) => logOf(probability));
        const sum = (some: readonly number[]) => some.reduce((a, b) => a + b, 0);
        found.push({ size: sum(logs.slice(0, 2)), cells: sum(logs.slice(2)), variance: 0 });
      }
      await completions.keep([start]);
    }
    return found;
  } finally {
    await completions.close();
  }
}

/** The model's own distribution over heights, and over widths given a height; each is asked for once. */
export function sizeReader(context: Context, { config }: Model, { grid }: Pick<Prompt, "grid">) {
  const { vocabSize } = config;
  const { opening } = context;
  const read = (logits: Float32Array): Distribution =>
    sizeDistribution(logits, vocabSize, logits.length / vocabSize - 1);
  let heights: Promise<Distribution> | undefined;
  const widths = new Map<number, Promise<Distribution>>();
  return {
    heights: () =>
      (heights ??= opening
        ? Promise.resolve(read(opening))
        : context.look([sizeSlot("height", grid)]).then(read)),
    widths(rows: number) {
      const known: Token = { ...sizeSlot("height", grid), id: sizeToken(rows) };
      const asked = opening ? [known] : [known, sizeSlot("width", grid)];
      const found = widths.get(rows) ?? context.look(asked).then(read);
      widths.set(rows, found);
      return found;
    },
  };
}

/**
 * Which cells are masked in each of some copies: numbers of masks spread evenly over 1 to `cells`, then cells at random.
 * The same for all answers of a size, so that what they share cancels out between them.
 */
export function masksFor(cells: number, copies: number, ...key: (string | number)[]): number[][] {
  const draw = random("likelihood", ...key, cells, copies);
  const offset = draw.float();
  const all = Array.from({ length: cells }, (_, i) => i);
  return Array.from({ length: copies }, (_, copy) => {
    const count = 1 + Math.floor((((copy + offset) / copies) % 1) * cells);
    return draw.sample(all, count).sort((a, b) => a - b);
  });
}

/** The mean of samples, and the variance of that mean (as if they were independent: spread masks make it less). */
function meanOf(samples: readonly number[]): { mean: number; variance: number } {
  const n = samples.length;
  const mean = samples.reduce((a, b) => a + b, 0) / n;
  const squares = samples.reduce((sum, sample) => sum + (sample - mean) ** 2, 0);
  return { mean, variance: n > 1 ? squares / (n - 1) / n : 0 };
}

/**
 * The bound on the likelihood under masked diffusion (Shi et al. 2024; LLaDA, Nie et al. 2025): N / k times the
 * log-probabilities of k masked cells given the others, over masks.
 * @param key decides the masks, with a size's number of cells
 */
export async function boundedLikelihoods(
  model: Model,
  prompt: Prompt,
  grids: readonly Grid[],
  { masks, key }: { readonly masks: number; readonly key: readonly (string | number)[] },
  ledger: Ledger,
  signal?: AbortSignal,
): Promise<Likelihood[]> {
  const { vocabSize, jigsaw } = model.config;
  const cache = possibleCache(model);
  // A prompt that sees answers can see one at a time only.
  const most = cache === "none" ? 1 : Number.POSITIVE_INFINITY;
  const context = await openContext(model, prompt.tokens, cache, ledger, signal);
  try {
    const sizes = sizeReader(context, model, prompt);
    const found: Likelihood[] = [];
    for (const answer of grids) {
      const [rows, columns] = [height(answer), width(answer)];
      const size =
        logOf(probabilityOf(await sizes.heights(), sizeToken(rows))) +
        logOf(probabilityOf(await sizes.widths(rows), sizeToken(columns)));
      const clean = gridTokens(answer, prompt.grid);
      const indices = [...clean.keys()].filter((i) => clean[i]!.id < TOKEN.rowEnd);
      const copies = masksFor(indices.length, masks, ...key).map((cells) =>
        cells.map((cell) => indices[cell]!),
      );
      const samples: number[] = [];
      for (const run of inRuns(copies, () => clean.length, most)) {
        const canvases = run.map((masked) => {
          const hidden = new Set(masked);
          return clean.map((token, i) => (hidden.has(i) ? { ...token, id: TOKEN.mask } : token));
        });
        const logits = await context.look(...canvases);
        for (const [at, masked] of run.entries()) {
          const before = at * clean.length - Number(jigsaw.shift);
          const logs = masked.map((i) =>
            logOf(probabilityOf(colourDistribution(logits, vocabSize, before + i), clean[i]!.id)),
          );
          samples.push((indices.length / masked.length) * logs.reduce((a, b) => a + b, 0));
        }
      }
      const { mean, variance } = meanOf(samples);
      found.push({ size, cells: mean, variance });
    }
    return found;
  } finally {
    await context.close();
  }
}
