// Endless streams of tasks to learn from; the i-th task of a stream is the same whenever it is drawn.
import type { Task } from "../arc/task.ts";
import { drawPuzzle, type Family, type Level } from "../puzzles/index.ts";
import { random } from "../random.ts";

export type Stream = (index: number) => Task;

/** Puzzles of the given families and levels, drawn evenly. Seeds of streams are never those of `jigsaw puzzles`. */
export function puzzleStream(
  families: readonly Family[],
  levels: readonly Level[],
  demonstrations: 2 | 3 | 4,
  seed: number,
): Stream {
  return (index) => {
    const draw = random("training", seed, index);
    const task = drawPuzzle(draw.pick(families), draw.pick(levels), draw, demonstrations);
    return { id: `training-${seed}-${index}`, ...task };
  };
}
