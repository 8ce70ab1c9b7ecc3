// Views of a puzzle: the same rule turned, mirrored, in other colours, with its demonstrations in another order.
import { type Augmentation, applyToTask, identityAugmentation, randomAugmentation } from "../arc/augment.ts";
import type { Grid } from "../arc/grid.ts";
import type { Size } from "../arc/size-rules.ts";
import type { Task } from "../arc/task.ts";
import { random } from "../core/random.ts";
import type { Prompt } from "../decode/prompt.ts";
import { MAX_TOKENS, promptOf } from "../decode/puzzle-prompt.ts";
import type { Model } from "../model/model.ts";
import { promptTokens } from "../sequence/tokens.ts";

/** The puzzle under an augmentation, as a prompt. */
export interface View {
  /** 0 is the puzzle as it is. */
  readonly number: number;
  readonly augmentation: Augmentation;
  /** What a model reads, the size still open. */
  readonly prompt: Prompt<Grid>;
}

/** Draws in a row that gave nothing new; a puzzle of few views has no more then. */
const PATIENCE = 100;

/**
 * The identity, and then other augmentations, all different (background kept). Grids on their side have another number
 * of row ends; where that makes the prompt too long, another augmentation is drawn.
 * @returns `count` of them, or as many as there are
 */
export function augmentationsOf(task: Task, test: number, count: number, seed: number): Augmentation[] {
  const draw = random("view", seed, task.id, test);
  const found = [identityAugmentation(task.train.length)];
  const known = new Set([JSON.stringify(found[0])]);
  for (let missed = 0; found.length < count && missed < PATIENCE; missed++) {
    const drawn = randomAugmentation(draw, task.train.length, { colours: "keep-background" });
    const key = JSON.stringify(drawn);
    if (known.has(key) || promptTokens(applyToTask(drawn, task), test).length > MAX_TOKENS) continue;
    known.add(key);
    found.push(drawn);
    missed = 0;
  }
  return found;
}

/**
 * The puzzle as it is, and then other views (see `augmentationsOf`), as a model reads them.
 * @throws JigsawError "too-long" where the puzzle as it is cannot be read
 */
export const viewsOf = (
  model: Pick<Model, "config">,
  task: Task,
  test: number,
  count: number,
  seed: number,
): View[] =>
  augmentationsOf(task, test, count, seed).map((augmentation, number) => ({
    number,
    augmentation,
    prompt: promptOf(model, number ? applyToTask(augmentation, task) : task, test),
  }));

const TURNED: readonly string[] = ["rotate90", "rotate270", "transpose", "antitranspose"];

/** A size as a view shows it. */
export const sizeInView = ({ augmentation }: View, { rows, columns }: Size): Size =>
  TURNED.includes(augmentation.symmetry) ? { rows: columns, columns: rows } : { rows, columns };
