// Endless data sets to learn from: the i-th task of one is the same whenever it is drawn.
import { type AugmentationOptions, applyToTask, randomAugmentation } from "../arc/augment.ts";
import type { Pair, Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import { type Random, random } from "../core/random.ts";
import { drawPuzzle, type Family, type Level } from "../puzzles/index.ts";

/**
 * Gives task `index`, from 0 without end: demonstrations and one test whose output is known. Where that task cannot be
 * used (it is too long), attempt 1, 2, ... give others in its stead.
 */
export type Dataset = (index: number, attempt?: number) => Task;

/** The random numbers of one task of a data set. */
const drawFor = (purpose: string, seed: number, index: number, attempt: number): Random =>
  attempt ? random(purpose, seed, index, attempt) : random(purpose, seed, index);

/** Puzzles of the given families and levels, drawn evenly. Their seeds are never those of `jigsaw puzzles`. */
export function puzzleDataset(
  families: readonly Family[],
  levels: readonly Level[],
  demonstrations: 2 | 3 | 4,
  seed: number,
): Dataset {
  return (index, attempt = 0) => {
    const draw = drawFor("training", seed, index, attempt);
    const task = drawPuzzle(draw.pick(families), draw.pick(levels), draw, demonstrations);
    return { id: `training-${seed}-${index}`, ...task };
  };
}

/** Draws something to learn from one task or one rule. */
export type Source = (random: Random) => Task;

/** The pairs of a task whose output is known: its demonstrations, and the tests that tell theirs. */
const knownPairs = ({ train, test }: Task): { train: readonly Pair[]; test: readonly Pair[] } => ({
  train,
  test: test.filter((pair): pair is Pair => pair.output !== undefined),
});

/**
 * A task as it stands, one of its tests at a time; or, with `shuffle`, any of its pairs as the test and any others
 * as the demonstrations, as many as the task has. A task that keeps its tests' outputs secret gives its last
 * demonstration as the test. Refuses a task that leaves no demonstration.
 */
export function taskSource(task: Task, shuffle: boolean): Source {
  const known = knownPairs(task);
  const [train, test] = known.test.length
    ? [known.train, known.test]
    : [known.train.slice(0, -1), known.train.slice(-1)];
  if (train.length === 0 || test.length === 0) {
    throw new JigsawError(
      "bad-task",
      `task ${task.id} has no pair to learn from: ${known.train.length} demonstrations and ${known.test.length} known answers`,
      "Leave it out.",
    );
  }
  return (random) => {
    if (!shuffle) return { id: task.id, train, test: [random.pick(test)] };
    const [first, ...others] = random.sample([...train, ...test], train.length + 1);
    return { id: task.id, train: others, test: [first!] };
  };
}

/** All sources once in every round, each round in another random order. */
export function sourceDataset(sources: readonly Source[], seed: number): Dataset {
  let round = -1;
  let order: readonly Source[] = [];
  return (index, attempt = 0) => {
    const draw = drawFor("data", seed, index, attempt);
    const wanted = Math.floor(index / sources.length);
    if (wanted !== round) {
      round = wanted;
      order = random("order", seed, round).sample(sources);
    }
    return (attempt ? draw.pick(sources) : order[index % sources.length]!)(draw);
  };
}

/** Tasks as they stand, each once in every round. */
export function taskDataset(tasks: readonly Task[], seed: number): Dataset {
  if (tasks.length === 0) throw new JigsawError("bad-task", "there is no task to learn from");
  return sourceDataset(
    tasks.map((task) => taskSource(task, false)),
    seed,
  );
}

/** The tasks of another data set, each in a random view: turned, recoloured, its demonstrations in another order. */
export const augmentedDataset =
  (dataset: Dataset, seed: number, options: AugmentationOptions = {}): Dataset =>
  (index, attempt = 0) => {
    const task = dataset(index, attempt);
    const draw = drawFor("view", seed, index, attempt);
    return applyToTask(randomAugmentation(draw, task.train.length, options), task);
  };
