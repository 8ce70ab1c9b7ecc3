import { BACKGROUND, equalGrids, type Grid, height, width } from "../arc/grid.ts";
import type { Pair, Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import { type Random, random } from "../core/random.ts";
import { type Family, type Level, levels, type Sides } from "./family.ts";

const RULES = 50;
const DRAWS_PER_PAIR = 40;

/** Inside the level: no side too long; none too short, unless the rule makes it grow. */
const fits = ({ input, output }: Pair, { min, max }: Sides): boolean =>
  [height, width].every(
    (side) => side(input) <= max && side(output) <= max && Math.max(side(input), side(output)) >= min,
  );

const inColours = (grid: Grid): boolean => grid.some((line) => line.some((colour) => colour !== grid[0]![0]));
const isEmpty = (grid: Grid): boolean => grid.every((line) => line.every((colour) => colour === BACKGROUND));

const sound = (pair: Pair, others: readonly Pair[], sides: Sides): boolean =>
  fits(pair, sides) &&
  inColours(pair.input) &&
  !isEmpty(pair.output) &&
  !equalGrids(pair.input, pair.output) &&
  others.every((other) => !equalGrids(pair.input, other.input) && !equalGrids(pair.output, other.output));

/**
 * Draws a puzzle of one rule. Every pair shows something and changes its input, and no two share an input or an
 * output, so that the answer cannot be copied from the puzzle.
 */
export function drawPuzzle(
  family: Family,
  level: Level,
  random: Random,
  demonstrations: 2 | 3 | 4 = 3,
): Omit<Task, "id"> {
  const sides = levels[level];
  for (let rules = 0; rules < RULES; rules++) {
    const make = family.rule(random, sides);
    const pairs: Pair[] = [];
    for (
      let draws = DRAWS_PER_PAIR * (demonstrations + 1);
      draws > 0 && pairs.length <= demonstrations;
      draws--
    ) {
      const pair = make(random);
      if (pair && sound(pair, pairs, sides)) pairs.push(pair);
    }
    const test = pairs[demonstrations];
    if (test) return { train: pairs.slice(0, demonstrations), test: [test] };
  }
  throw new JigsawError(
    "unsupported",
    `family "${family.name}" gave no sound ${level} puzzle in ${RULES} rules`,
    "Its rule must fit the level's sides and give different outputs to different inputs.",
  );
}

/**
 * The puzzle that belongs to a key such as `(seed, index)`: three demonstrations and a test with its answer.
 *
 *     generatePuzzle(families.flip, "easy", 7, 0).id // "flip-easy-7-0"
 */
export const generatePuzzle = (family: Family, level: Level, ...key: (string | number)[]): Task => ({
  id: [family.name, level, ...key].join("-"),
  ...drawPuzzle(family, level, random("puzzle", family.name, level, ...key)),
});
