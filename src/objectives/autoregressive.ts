// Next-token prediction on outputs: the typewriter's objective.
import * as z from "zod";
import type { Task } from "../arc/task.ts";
import { answerGrid, answerTokens, promptTokens, TOKEN } from "../sequence/tokens.ts";
import { defineObjective, type Example } from "./objective.ts";

/** Grids up to the first output (1 is the first input, 2 its output): nothing tells what that one is to be. */
const FIRST_OUTPUT = 2;

/**
 * The whole task as it is read. Every output but the first is learnt, the demonstrations' too: under causal attention
 * each is the answer to those before it. Labels stand at the token before the one they name.
 */
export function nextTokens(task: Task): Example {
  const answer = answerTokens(task.test[0]!.output!, answerGrid(task.train.length));
  const tokens = [...promptTokens(task), ...answer];
  const labels = tokens.map((_, i) => {
    const next = tokens[i + 1];
    const learnt =
      next && next.place.grid > FIRST_OUTPUT && next.place.grid % 2 === 0 && next.id !== TOKEN.output;
    return learnt ? next.id : -1;
  });
  return {
    tokens,
    spans: [{ length: tokens.length }],
    labels,
    weights: labels.map((label) => (label < 0 ? 0 : 1)),
  };
}

export const autoregressive = defineObjective({
  name: "autoregressive",
  about: "the typewriter's next token",
  patterns: ["causal"],
  options: z.object({}),
  capabilities: () => ["autoregressive"],
  example: nextTokens,
});
