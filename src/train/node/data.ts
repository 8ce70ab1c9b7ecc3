// The data set that a run's settings ask for: procedural puzzles, or the tasks of files. Node only.
import type { Task } from "../../arc/task.ts";
import { JigsawError } from "../../core/errors.ts";
import { random } from "../../core/random.ts";
import { readTasks } from "../../datasets/index.ts";
import { isJsonLines, type PairPool, pairsToTask, readPools } from "../../datasets/re-arc.ts";
import { trainedFamilies } from "../../puzzles/index.ts";
import {
  augmentedDataset,
  type Dataset,
  puzzleDataset,
  type Source,
  sourceDataset,
  taskSource,
} from "../dataset.ts";
import { learningOf, type TrainSettings } from "../settings.ts";

export interface TrainingData {
  readonly dataset: Dataset;
  /** What is in it, for people. */
  readonly contents: string;
  /** Ids of the tasks that are left out because their sequences are too long. */
  readonly passedOver: readonly string[];
}

/** Fresh pairs of one of RE-ARC's rules at every draw. Refuses a pool with too few different pairs. */
export function poolSource(pool: PairPool, demonstrations: number): Source {
  const source: Source = (random) => pairsToTask(pool, random, demonstrations);
  source(random("check", pool.id));
  return source;
}

/** Opens the data set of a run; refuses data that cannot be read or that leaves nothing to learn from. */
export async function openData(settings: TrainSettings): Promise<TrainingData> {
  const { data, levels, demonstrations, augment, seed } = settings;
  const opened =
    data === undefined
      ? {
          dataset: puzzleDataset(trainedFamilies, levels, demonstrations as 2 | 3 | 4, seed),
          contents: `procedural puzzles of ${trainedFamilies.length} families (${levels.join(", ")})`,
          passedOver: [],
        }
      : await openFiles(settings, data.split(",").filter(Boolean));
  return augment
    ? {
        ...opened,
        dataset: augmentedDataset(opened.dataset, seed),
        contents: `${opened.contents}, augmented`,
      }
    : opened;
}

/** Tokens of the sequence that a task makes. */
function sequenceLength(task: Task, settings: TrainSettings): number {
  const { objective, options } = learningOf(settings);
  return objective.example(task, 0.5, random("length"), options).tokens.length;
}

const several = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

async function openFiles(settings: TrainSettings, paths: readonly string[]): Promise<TrainingData> {
  const { demonstrations, augment, maxTokens, seed } = settings;
  const pools: PairPool[] = [];
  for (const path of paths.filter(isJsonLines)) {
    for await (const pool of readPools(path)) pools.push(pool);
  }
  const tasks = await readTasks(paths.filter((path) => !isJsonLines(path)));
  const passedOver: string[] = [];
  const sources = pools.map((pool) => poolSource(pool, demonstrations));
  for (const task of tasks) {
    const source = taskSource(task, augment);
    // Pairs change places and grids are turned later; a draw that comes out too long then is drawn again.
    const usual = taskSource(task, false)(random("length"));
    if (sequenceLength(usual, settings) > maxTokens) passedOver.push(task.id);
    else sources.push(source);
  }
  if (sources.length === 0) {
    const why = passedOver.length
      ? `every task of ${settings.data} is longer than ${maxTokens} tokens`
      : `${settings.data} holds no tasks`;
    throw new JigsawError("bad-option", why, "Raise --max-tokens, or name other --data.");
  }
  const kinds = [
    ...(tasks.length ? [several(tasks.length - passedOver.length, "task")] : []),
    ...(pools.length ? [`fresh pairs of ${several(pools.length, "rule")}`] : []),
  ];
  return { dataset: sourceDataset(sources, seed), contents: kinds.join(" and "), passedOver };
}
