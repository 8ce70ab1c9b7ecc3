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
import { promptTokens } from "../arc/tokens.ts";
import {
  type Candidate,
  checkObjective,
  type DecodeOptions,
  type Decoder,
  MAX_TOKENS,
  type Prompt,
  promptOf,
  type SizeSource,
} from "../decode/decoder.ts";
import type { Frame } from "../decode/frames.ts";
import { type Ledger, newLedger } from "../engine/ledger.ts";
import type { Model } from "../qwen3/model.ts";
import { random } from "../random.ts";

export type SolveOptions = DecodeOptions & {
  /** Decides which other view of the puzzle is taken. */
  readonly seed: number;
  /** Who decides the answer's size. */
  readonly size: SizeSource;
};

export interface Solution {
  /** Two different grids, the better first. */
  readonly attempts: readonly [Grid, Grid];
  readonly ledger: Ledger;
}

/** A frame, and which view of the puzzle it is about: 0 is the puzzle as it is. */
export interface ViewFrame extends Frame {
  readonly view: number;
}

/**
 * A view of the same puzzle: turned or mirrored, in other colours (background kept), demonstrations in another order.
 * Grids on their side have another number of row ends; where that makes the prompt too long, another view is drawn.
 */
function otherView(task: Task, test: number, seed: number): Augmentation {
  const draw = random("view", seed, task.id, test);
  for (;;) {
    const view = randomAugmentation(draw, task.train.length, { colours: "keep-background" });
    if (promptTokens(applyToTask(view, task), test).length <= MAX_TOKENS) return view;
  }
}

/** Decodes one view, and takes the candidates back to the puzzle as it is. */
async function* inView(
  view: number,
  augmentation: Augmentation,
  frames: AsyncGenerator<Frame, Candidate[]>,
): AsyncGenerator<ViewFrame, Candidate[]> {
  try {
    let next = await frames.next();
    for (; !next.done; next = await frames.next()) yield { ...next.value, view };
    return next.value.map((c) => ({ ...c, grid: invertGrid(augmentation, c.grid) }));
  } finally {
    // Whoever asks for no more frames ends the decoder too.
    await frames.return([]);
  }
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
  const decode = (view: number, augmentation: Augmentation, prompt: Prompt) =>
    inView(view, augmentation, decoder.decode(model, prompt, options, ledger, signal));
  const promptFor = (view: Task) =>
    promptOf(view, test, options.size, model.config.jigsaw?.pattern ?? "causal");
  const asItIs = promptFor(task);
  const candidates = yield* decode(0, identityAugmentation(task.train.length), asItIs);
  const other = otherView(task, test, options.seed);
  candidates.push(...(yield* decode(1, other, promptFor(applyToTask(other, task)))));
  const first = candidates[0]!;
  const second = candidates.find(({ grid }) => !equalGrids(grid, first.grid))?.grid ?? first.runnerUp;
  return { attempts: [first.grid, second], ledger };
}
