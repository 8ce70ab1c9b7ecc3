import { JigsawError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import { BACKGROUND, COLOURS, type Grid } from "./grid.ts";
import { applySymmetry, invertSymmetry, SYMMETRIES, type Symmetry } from "./symmetry.ts";
import type { Pair, Task, Test } from "./task.ts";

/** Another view of the same puzzle: every grid turned and recoloured alike, the demonstrations in another order. */
export interface Augmentation {
  readonly symmetry: Symmetry;
  /** A permutation of the ten colours: colour `c` becomes `colours[c]`. */
  readonly colours: readonly number[];
  /** A permutation of the demonstrations: demonstration `order[i]` comes in place `i`. */
  readonly order: readonly number[];
}

export interface AugmentationOptions {
  /** Draw one of the 8 symmetries; true by default. */
  readonly symmetry?: boolean;
  /** Which colours change places; "all" by default. */
  readonly colours?: "all" | "keep-background" | "none";
  /** Shuffle the demonstrations; true by default. */
  readonly order?: boolean;
}

const range = (from: number, end: number): number[] => Array.from({ length: end - from }, (_, i) => from + i);

/** The view that changes nothing in a task of `pairs` demonstrations. */
export const identityAugmentation = (pairs: number): Augmentation => ({
  symmetry: "identity",
  colours: range(0, COLOURS),
  order: range(0, pairs),
});

/** A view drawn uniformly from those that `options` allow, for a task of `pairs` demonstrations. */
export function randomAugmentation(
  random: Random,
  pairs: number,
  { symmetry = true, colours = "all", order = true }: AugmentationOptions = {},
): Augmentation {
  const identity = identityAugmentation(pairs);
  // The background is colour 0, so keeping it means to shuffle the colours after it.
  const kept = { all: 0, "keep-background": BACKGROUND + 1, none: COLOURS }[colours];
  return {
    symmetry: symmetry ? random.pick(SYMMETRIES) : identity.symmetry,
    colours: [...range(0, kept), ...random.sample(range(kept, COLOURS))],
    order: order ? random.sample(identity.order) : identity.order,
  };
}

function invertPermutation(permutation: readonly number[]): number[] {
  const inverse = new Array<number>(permutation.length);
  permutation.forEach((to, from) => {
    inverse[to] = from;
  });
  return inverse;
}

/** The view that undoes this one, for grids and for tasks. */
export const invert = (augmentation: Augmentation): Augmentation => ({
  symmetry: invertSymmetry(augmentation.symmetry),
  colours: invertPermutation(augmentation.colours),
  order: invertPermutation(augmentation.order),
});

export const applyToGrid = ({ symmetry, colours }: Augmentation, grid: Grid): number[][] =>
  applySymmetry(symmetry, grid).map((row) => row.map((colour) => colours[colour]!));

/** Takes a grid of the augmented puzzle (an answer to it, say) back to the original one. */
export const invertGrid = (augmentation: Augmentation, grid: Grid): number[][] =>
  applyToGrid(invert(augmentation), grid);

/** The task in another view. Refuses an augmentation made for another number of demonstrations. */
export function applyToTask(augmentation: Augmentation, task: Task): Task {
  const { order } = augmentation;
  if (order.length !== task.train.length) {
    throw new JigsawError(
      "bad-option",
      `task ${task.id} has ${task.train.length} demonstrations, the augmentation orders ${order.length}`,
      "Draw the augmentation for this task's number of demonstrations.",
    );
  }
  const pair = ({ input, output }: Pair): Pair => ({
    input: applyToGrid(augmentation, input),
    output: applyToGrid(augmentation, output),
  });
  const test = ({ input, output }: Test): Test =>
    output === undefined ? { input: applyToGrid(augmentation, input) } : pair({ input, output });
  return { id: task.id, train: order.map((i) => pair(task.train[i]!)), test: task.test.map(test) };
}
