import type { Pair } from "../arc/task.ts";
import type { Random } from "../core/random.ts";

/** The range of a grid's height and width, both ends included. */
export interface Sides {
  readonly min: number;
  readonly max: number;
}

export const levels = {
  easy: { min: 3, max: 6 },
  medium: { min: 6, max: 12 },
  hard: { min: 12, max: 20 },
} as const satisfies Record<string, Sides>;

export type Level = keyof typeof levels;

/** Draws one pair of a rule; undefined where a draw came out unfit to show it, and should be drawn again. */
export type PairMaker = (random: Random) => Pair | undefined;

/** An endless source of puzzles around one idea. */
export interface Family {
  readonly name: string;
  /** What the rule does, in one line. */
  readonly idea: string;
  /** True where the output's size differs from the input's. */
  readonly resizes: boolean;
  /** Never trained on: shows what a model makes of an idea it has not met. */
  readonly heldOut?: true;
  /** Draws what only the demonstrations tell (a colour, a direction, a number), and gives the maker of pairs. */
  rule(random: Random, sides: Sides): PairMaker;
}
