// How likely a model finds given answers to a prompt: a typewriter exactly; masked diffusion by the bound on its
// likelihood. Sizes are told apart, as rules may know more of them than the model.
import { type Grid, height, width } from "../arc/grid.ts";
import { random } from "../core/random.ts";
import { logOf } from "../decode/canvas.ts";
import { distributionOf, probabilityOf } from "../decode/distribution.ts";
import { OPEN } from "../decode/frames.ts";
import { gridLayout, gridSizes } from "../decode/grid-format.ts";
import { openHypotheses } from "../decode/hypotheses.ts";
import { answerOf } from "../decode/rounds.ts";
import type { PromptSession } from "../decode/session.ts";
import { canvasLength, sizeToken } from "../sequence/tokens.ts";

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

/** Cuts a list into runs whose lengths in tokens add up to at most `AT_ONCE`; each has one item at least. */
function inRuns<T>(items: readonly T[], lengthOf: (item: T) => number): T[][] {
  const runs: T[][] = [];
  let room = 0;
  for (const item of items) {
    const length = lengthOf(item);
    if (runs.length === 0 || room < length) {
      runs.push([]);
      room = AT_ONCE;
    }
    runs.at(-1)!.push(item);
    room -= length;
  }
  return runs;
}

const tokensIn = (grid: Grid): number => canvasLength(height(grid), width(grid));

/**
 * The exact likelihoods under a typewriter, several answers in one pass.
 * @param session of a prompt whose size is open
 */
export async function exactLikelihoods(
  session: PromptSession,
  grids: readonly Grid[],
): Promise<Likelihood[]> {
  const { script } = session.prompt.format;
  await using branches = session.branches();
  const { start, extend, keep } = await openHypotheses(session, branches);
  const found: Likelihood[] = [];
  for (const run of inRuns(grids, tokensIn)) {
    const extensions = run.map((answer) => ({ hypothesis: start, ids: script.idsOf(answer) }));
    for (const way of await extend(extensions)) {
      const logs = way.at(-1)!.choices.map(({ probability }) => logOf(probability));
      const sum = (some: readonly number[]) => some.reduce((a, b) => a + b, 0);
      found.push({ size: sum(logs.slice(0, 2)), cells: sum(logs.slice(2)), variance: 0 });
    }
    await keep([start]);
  }
  return found;
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
  session: PromptSession,
  grids: readonly Grid[],
  { masks, key }: { readonly masks: number; readonly key: readonly (string | number)[] },
): Promise<Likelihood[]> {
  const { vocabSize } = session.model.config;
  const { number } = session.prompt.format.grid!;
  const sizes = gridSizes(session, number);
  const found: Likelihood[] = [];
  for (const grid of grids) {
    const [rows, columns] = [height(grid), width(grid)];
    const [widths] = await sizes.widths(rows);
    const size =
      logOf(probabilityOf(await sizes.heights(), sizeToken(rows))) +
      logOf(probabilityOf(widths!, sizeToken(columns)));
    const layout = gridLayout(rows, columns, number);
    const clean = grid.flat();
    const copies = masksFor(clean.length, masks, ...key);
    const samples: number[] = [];
    for (const run of inRuns(copies, () => layout.length)) {
      const canvases = run.map((masked) => {
        const hidden = new Set(masked);
        const ids = clean.map((id, cell) => (hidden.has(cell) ? OPEN : id));
        return answerOf(session, { layout, ids }, masked);
      });
      for (const [copy, logits] of (await session.predict(canvases)).entries()) {
        const masked = run[copy]!;
        const logs = masked.map((cell, i) =>
          logOf(probabilityOf(distributionOf(logits, layout.slots[cell]!, i * vocabSize), clean[cell]!)),
        );
        samples.push((clean.length / masked.length) * logs.reduce((a, b) => a + b, 0));
      }
    }
    const { mean, variance } = meanOf(samples);
    found.push({ size, cells: mean, variance });
  }
  return found;
}
