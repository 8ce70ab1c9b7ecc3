// One test input, two attempts: the first from the puzzle as it is, the second from another view of it.
import {
  type Augmentation,
  applyToTask,
  identityAugmentation,
  invertGrid,
  randomAugmentation,
} from "../arc/augment.ts";
import { equalGrids, type Grid } from "../arc/grid.ts";
import type { Task } from "../arc/task.ts";
import {
  type Candidate,
  checkObjective,
  type DecodeOptions,
  type Decoder,
  promptOf,
} from "../decode/decoder.ts";
import type { Frame } from "../decode/frames.ts";
import { type Ledger, newLedger } from "../engine/ledger.ts";
import type { Model } from "../qwen3/model.ts";
import { random } from "../random.ts";

export interface SolveOptions extends DecodeOptions {
  /** Decides which other view of the puzzle is taken. */
  readonly seed: number;
}

export interface Solution {
  /** Two different grids, the better first. */
  readonly attempts: readonly [Grid, Grid];
  readonly ledger: Ledger;
}

/** A frame, and which view of the puzzle it is about: 0 is the puzzle as it is. */
export interface ViewFrame extends Frame {
  readonly view: number;
}

/** A view of the same puzzle: turned or mirrored, in other colours (background kept), demonstrations in another order. */
function otherView(task: Task, test: number, seed: number): Augmentation {
  const pairs = task.train.length;
  return randomAugmentation(random("view", seed, task.id, test), pairs, { colours: "keep-background" });
}

/**
 * Decodes one test input. Where the second view's answer equals the first's, the second attempt is the first with its
 * least certain choice changed to the runner-up.
 */
export async function* solveTest(
  model: Model,
  decoder: Decoder,
  task: Task,
  test: number,
  options: SolveOptions,
  signal?: AbortSignal,
): AsyncGenerator<ViewFrame, Solution> {
  checkObjective(decoder, model);
  const ledger = newLedger();
  const views = [identityAugmentation(task.train.length), otherView(task, test, options.seed)];
  const candidates: Candidate[] = [];
  for (const [view, augmentation] of views.entries()) {
    const seen = applyToTask(augmentation, task);
    const frames = decoder.decode(model, promptOf(seen, test), options, ledger, signal);
    let frame = await frames.next();
    for (; !frame.done; frame = await frames.next()) yield { ...frame.value, view };
    candidates.push(...frame.value.map((c) => ({ ...c, grid: invertGrid(augmentation, c.grid) })));
  }
  const first = candidates[0]!;
  const second = candidates.find(({ grid }) => !equalGrids(grid, first.grid))?.grid ?? first.runnerUp;
  return { attempts: [first.grid, second], ledger };
}
