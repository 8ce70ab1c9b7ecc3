// The puzzles that decoders are compared on: each one test input whose answer is known.
import { area, type Grid } from "../arc/grid.ts";
import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import { random } from "../core/random.ts";
import { type Family, generatePuzzle, type Level } from "../puzzles/index.ts";

export interface Puzzle {
  readonly task: Task;
  /** Which of the task's test inputs. */
  readonly test: number;
  readonly answer: Grid;
}

/** How many puzzles in a row may be too small or not to be had. */
const PATIENCE = 500;

/**
 * Fresh procedural puzzles, families and levels in turn. They are drawn under a key of their own, which neither
 * training nor `jigsaw puzzles` draws under.
 * @param atLeast cells of an answer
 */
export function freshPuzzles(
  families: readonly Family[],
  levels: readonly Level[],
  count: number,
  seed: number,
  atLeast = 1,
): Puzzle[] {
  const order = random("arena", seed).sample(families);
  const puzzles: Puzzle[] = [];
  let missed = 0;
  for (let i = 0; puzzles.length < count; i++) {
    const [turn, round] = [i % order.length, Math.floor(i / order.length)];
    const task = draw(order[turn]!, levels[(round + turn) % levels.length]!, seed, round);
    const answer = task?.test[0]?.output;
    if (task && answer && area(answer) >= atLeast) {
      puzzles.push({ task, test: 0, answer });
      missed = 0;
    } else if (++missed > PATIENCE) {
      throw new JigsawError(
        "bad-option",
        `too few puzzles of ${levels.join(", ")} have answers of ${atLeast} cells or more`,
        "Name higher --levels, or lower --cells-at-least.",
      );
    }
  }
  return puzzles;
}

/** A puzzle, or nothing where the family has none at the level. */
function draw(family: Family, level: Level, seed: number, round: number): Task | undefined {
  try {
    return generatePuzzle(family, level, "arena", seed, round);
  } catch (error) {
    if (error instanceof JigsawError && error.code === "unsupported") return undefined;
    throw error;
  }
}

/** The test inputs of tasks whose answers are known; `count` of them by lot, in the order of the tasks. */
export function knownPuzzles(
  tasks: readonly Task[],
  count: number | undefined,
  seed: number,
  atLeast = 1,
): Puzzle[] {
  const known = tasks.flatMap((task) =>
    task.test.flatMap(({ output }, test) =>
      output && area(output) >= atLeast ? [{ task, test, answer: output }] : [],
    ),
  );
  if (known.length === 0) {
    const size = atLeast > 1 ? ` of ${atLeast} cells or more` : "";
    const hint = "Decoders are judged by known answers: name --data with outputs of its test inputs.";
    throw new JigsawError("bad-option", `none of ${tasks.length} tasks tells an answer${size}`, hint);
  }
  if (count === undefined || count >= known.length) return known;
  const drawn = new Set(random("arena", seed).sample(known, count));
  return known.filter((puzzle) => drawn.has(puzzle));
}
