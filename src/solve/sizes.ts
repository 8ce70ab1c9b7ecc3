// How large the answer may be: what rules say, and what the model says, weighed against each other.
import { sizeByContent } from "../arc/content-sizes.ts";
import { type Size, sizeByRule } from "../arc/size-rules.ts";
import type { Task } from "../arc/task.ts";
import { type Distribution, probabilityOf } from "../decode/distribution.ts";
import { gridSizes } from "../decode/grid-format.ts";
import type { PromptSession } from "../decode/session.ts";
import { sideOf } from "../sequence/tokens.ts";
import type { SolverOptions } from "./options.ts";

/** What rules say of a size, and how far they are believed, in [0, 1]: the rest is the model's. */
export interface SizeHint {
  readonly size: Size;
  readonly weight: number;
}

/**
 * How often rules were right where they said anything: those that explain every side on 1,255 of 1,264 test inputs
 * (ARC-AGI-1 and procedural puzzles), those of content on 88 of 170.
 */
const BELIEF = { rule: 0.99, content: 0.4 } as const;

/** A size is tried from this belief on, the likeliest in any case. */
const WORTH_TRYING = 0.15;
/** Sizes that are tried at most: as many as there are attempts. */
const MOST_SIZES = 2;
/** Heights, and widths of each, that are looked at. */
const LOOKED_AT = 3;

/** What rules say of the size of a test input's answer; undefined where they say nothing, or are not asked. */
export function hintFor(task: Task, test: number, source: SolverOptions["size"]): SizeHint | undefined {
  if (source === "model") return undefined;
  const rule = sizeByRule(task, test);
  if (rule) return { size: rule, weight: BELIEF.rule };
  const content = source === "both" ? sizeByContent(task, test) : undefined;
  return content && { size: content, weight: BELIEF.content };
}

/** Whether two sizes are equal. */
export const equalSizes = (a: Size, b: Size): boolean => a.rows === b.rows && a.columns === b.columns;

/** The logarithm of a size's probability, from the model's own and what rules say. */
export function sizeBelief(hint: SizeHint | undefined, size: Size, modelLog: number): number {
  if (!hint) return modelLog;
  const agrees = equalSizes(hint.size, size) ? hint.weight : 0;
  return Math.log(agrees + (1 - hint.weight) * Math.exp(modelLog) + Number.MIN_VALUE);
}

/** The likeliest ids, best first; the lowest of equals. */
const likeliest = ({ first, probabilities }: Distribution): number[] =>
  [...probabilities.keys()]
    .toSorted((a, b) => probabilities[b]! - probabilities[a]! || a - b)
    .slice(0, LOOKED_AT)
    .map((i) => first + i);

/** Sizes that a model finds likely, with the logarithms of their probabilities. */
async function modelSizes(session: PromptSession): Promise<{ size: Size; log: number }[]> {
  const sizes = gridSizes(session, session.prompt.format.grid!.number);
  const heights = await sizes.heights();
  const likely = likeliest(heights);
  const widths = await sizes.widths(...likely.map(sideOf));
  return likely.flatMap((height, i) =>
    likeliest(widths[i]!).map((width) => ({
      size: { rows: sideOf(height), columns: sideOf(width) },
      log: Math.log(probabilityOf(heights, height) * probabilityOf(widths[i]!, width)),
    })),
  );
}

/**
 * The sizes to decode, most believed first: the one of a rule; with `both` and no rule, one or two of those that
 * content and model tell; undefined where the model is to decide by itself, view by view.
 */
export async function sizesToTry(
  session: PromptSession,
  hint: SizeHint | undefined,
  source: SolverOptions["size"],
): Promise<readonly Size[] | undefined> {
  if (hint?.weight === BELIEF.rule) return [hint.size];
  if (source !== "both") return undefined;
  const known = await modelSizes(session);
  if (hint && !known.some(({ size }) => equalSizes(size, hint.size)))
    known.push({ size: hint.size, log: Number.NEGATIVE_INFINITY });
  const believed = known
    .map(({ size, log }) => ({ size, belief: Math.exp(sizeBelief(hint, size, log)) }))
    .toSorted((a, b) => b.belief - a.belief);
  return believed
    .slice(0, MOST_SIZES)
    .filter(({ belief }, i) => i === 0 || belief >= WORTH_TRYING)
    .map(({ size }) => size);
}
