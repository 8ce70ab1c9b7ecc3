// The typewriter writes operations on a draft, the test input, instead of the answer's cells: rows that stay cost one
// pass, whatever their width. What the grammar of operations forces is not asked for (see sequence/edit-grammar.ts).
import * as z from "zod";
import { COLOURS } from "../../arc/grid.ts";
import { JigsawError } from "../../core/errors.ts";
import { editing } from "../../sequence/edit-grammar.ts";
import type { Token } from "../../sequence/tokens.ts";
import { account, commit } from "../canvas.ts";
import { cacheOption, defineDecoder } from "../define.ts";
import { argmaxAmong, type Choice, forced } from "../distribution.ts";
import { openTyping } from "../typing.ts";

/** Types operations that turn the test input into the answer; grids only. */
export const editOps = defineDecoder({
  name: "edit-ops",
  family: "typewriter",
  objective: "edit-operations",
  about: "operations that turn the test input into the answer, left to right",
  model: "typewriter-edit-ops",
  options: z.object({ cache: cacheOption }),
  async *run({ session, canvas, show }) {
    const { grid } = session.prompt.format;
    if (!grid) throw new JigsawError("unsupported", "edit operations are about grids", "Use greedy.");
    const { layout, ids, choices } = canvas;
    const [rows, columns] = layout.shape as [number, number];
    await using typing = openTyping(session);
    /** Cells that became final by a choice: one that was coloured stands by it, others by what they were. */
    const settle = (decided: readonly number[], choice: Choice): number[] => {
      const from = choices.size;
      const fresh = decided.slice(from).map((_, i) => from + i);
      const coloured = choice.id < COLOURS ? fresh.at(-1) : undefined;
      if (coloured === undefined) account(canvas, choice);
      for (const cell of fresh) {
        commit(canvas, cell, cell === coloured ? choice : forced(decided[cell]!));
        canvas.confidence[cell] = choice.probability;
      }
      return fresh;
    };
    const operations = editing(grid.input, rows, columns, grid.number);
    const pending: Token[] = layout.tokens(ids, 0, layout.slots[0]!.index);
    let step = operations.next();
    while (!step.done) {
      const { ids: allowed, placeOf } = step.value;
      const known = allowed.length === 1;
      const choice = known ? forced(allowed[0]!) : argmaxAmong(await typing.type(pending.splice(0)), allowed);
      pending.push({ id: choice.id, place: placeOf(choice.id) });
      step = operations.next(choice.id);
      const fresh = settle(step.done ? step.value : step.value.decided, choice);
      if (!known) yield show(canvas, fresh);
    }
  },
});
