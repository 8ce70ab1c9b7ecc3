// Answers from several views of a puzzle, and how likely each view finds each answer.
import { type Augmentation, invertGrid } from "../../../arc/augment.ts";
import type { Grid } from "../../../arc/grid.ts";
import { lossOf, type Shares } from "./masking.ts";

/** A grid that some views answered with. */
export interface Answer {
  /** In the puzzle as it is. */
  readonly grid: Grid;
  /** Which views gave it. */
  readonly views: readonly number[];
}

/** The different answers that views gave, each taken back to the puzzle as it is; in the order in which they came. */
export function answersOf(given: readonly { readonly view: Augmentation; readonly grid: Grid }[]): Answer[] {
  const found = new Map<string, { grid: Grid; views: number[] }>();
  for (const [number, { view, grid }] of given.entries()) {
    const plain = invertGrid(view, grid);
    const key = JSON.stringify(plain);
    const answer = found.get(key) ?? { grid: plain, views: [] };
    answer.views.push(number);
    found.set(key, answer);
  }
  return [...found.values()];
}

/** The logarithm of an answer's probability in a view: the sum over cells, each given those before it. */
export const logLikelihood = (shares: Shares, cells: readonly number[]): number =>
  -cells.reduce((sum, colour, cell) => sum + lossOf(shares[cell]?.[colour] ?? 0), 0);

/** Indices of the answers by the product of their probabilities in all views, the likeliest first. */
export const byProduct = (scores: readonly (readonly number[])[]): number[] => {
  const total = scores.map((row) => row.reduce((a, b) => a + b, 0));
  return [...scores.keys()].sort((a, b) => total[b]! - total[a]!);
};

/** The same by the number of views that gave them; of equals the first. */
export const byVotes = (answers: readonly Answer[]): number[] =>
  [...answers.keys()].sort((a, b) => answers[b]!.views.length - answers[a]!.views.length);

/** A view in words: "turned by 90°, other colours". */
export function viewName({ symmetry, colours }: Augmentation): string {
  const turns = {
    identity: "",
    rotate90: "turned right",
    rotate180: "upside down",
    rotate270: "turned left",
    flipLeftRight: "mirrored",
    flipUpDown: "flipped",
    transpose: "transposed",
    antitranspose: "transposed and turned",
  } as const;
  const words = [turns[symmetry], colours.some((to, from) => to !== from) ? "recoloured" : ""].filter(
    Boolean,
  );
  return words.join(", ") || "as it is";
}
