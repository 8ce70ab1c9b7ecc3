// The typewriter writes operations on a draft, the test input, instead of the answer's cells (as CoEdIT's and
// LaserTagger's taggers edit a text; Malmi et al. 2019). Changed: a grid's rows and columns are deleted and inserted as
// a whole, and rows are kept, changed in places or written anew.

import * as z from "zod";
import { height, width } from "../arc/grid.ts";
import { followScript, scriptOf } from "../sequence/edit-script.ts";
import { answerGrid, gridTokens } from "../sequence/tokens.ts";
import { nextTokens } from "./autoregressive.ts";
import { defineObjective } from "./objective.ts";

/** The share of answers that are typed as cells, so that the model goes on being a typewriter. */
const PLAIN = 0.2;

/**
 * Demonstrations are learnt as the typewriter learns them. The answer's size is followed by operations; those that the
 * grammar forces are not learnt.
 */
export const editOperations = defineObjective({
  name: "edit-operations",
  about: "operations on a draft",
  patterns: ["causal"],
  options: z.object({}),
  capabilities: () => ["autoregressive", "edit-operations"],
  example(task, _, random) {
    const typed = nextTokens(task);
    if (random.chance(PLAIN)) return typed;
    const { input, output } = task.test[0]!;
    const answer = output!;
    const grid = answerGrid(task.train.length);
    // All up to the answer's width; the tokens of its cells and the end token follow.
    const before = typed.tokens.length - 1 - gridTokens(answer, grid).length + 2;
    const ids = scriptOf(input, answer);
    const script = followScript(input, height(answer), width(answer), grid, ids);
    const written = ids.map((id, i) => (script.forced[i] ? -1 : id));
    const labels = [...typed.labels.slice(0, before - 1), ...written, -1];
    return {
      tokens: [...typed.tokens.slice(0, before), ...script.tokens],
      spans: [{ length: before + ids.length }],
      labels,
      weights: labels.map((label) => (label < 0 ? 0 : 1)),
    };
  },
});
