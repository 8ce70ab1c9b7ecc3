// A test input of an ARC task as a model reads it.
import type { Grid } from "../arc/grid.ts";
import { type Size, sizeByRule } from "../arc/size-rules.ts";
import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import type { Model } from "../model/model.ts";
import { layOut, promptSpan } from "../sequence/layout.ts";
import { gridFormat } from "./grid-format.ts";
import type { Prompt } from "./prompt.ts";

/** Who decides the answer's size: the model, or a rule that explains all demonstrations, and else the model. */
export const SIZE_SOURCES = ["rules", "model"] as const;
/** Who decides the answer's size. */
export type SizeSource = (typeof SIZE_SOURCES)[number];

/** The longest prompt that is read, in tokens. */
export const MAX_TOKENS = 4096;

/**
 * A test input of a task as a model reads it.
 * @param model the model, whose attention pattern decides the layout
 * @param size the answer's size, or who decides it
 * @throws JigsawError "too-long" where the prompt has more than 4,096 tokens
 */
export function promptOf(
  { config }: Pick<Model, "config">,
  task: Task,
  test = 0,
  size: SizeSource | Size = "model",
): Prompt<Grid> {
  const { tokens, grid } = layOut(task, test, config.jigsaw.pattern);
  if (tokens.length > MAX_TOKENS) {
    throw new JigsawError(
      "too-long",
      `task ${task.id}: the prompt of test input ${test} has ${tokens.length} tokens, more than ${MAX_TOKENS}`,
      "Leave out demonstrations, or crop the grids.",
    );
  }
  const known = size === "model" ? undefined : size === "rules" ? sizeByRule(task, test) : size;
  return { tokens, span: promptSpan(tokens), format: gridFormat(tokens, grid, known) };
}

/** The same prompt, the size of its grid told. */
export const withSize = (prompt: Prompt<Grid>, size: Size | undefined): Prompt<Grid> => ({
  ...prompt,
  format: gridFormat(prompt.tokens, prompt.format.grid!.number, size),
});
