// The typewriter writes operations on a draft, the test input, instead of the answer's cells: rows that stay cost one
// pass, whatever their width. What the grammar of operations forces is not asked for (see arc/editing.ts).
import * as z from "zod";
import { COLOURS } from "../../arc/grid.ts";
import { checkOptions } from "../../core/options.ts";
import { editing } from "../../sequence/edit-grammar.ts";
import { cacheOption } from "../cache-option.ts";
import { candidateOf, commit, commitNothing, openCanvas, takeFrame } from "../canvas.ts";
import { type Candidate, type Decoder, testInputOf } from "../decoder.ts";
import { bestAmong, type Choice, given } from "../distribution.ts";
import type { Frame } from "../frames.ts";
import { refuseCanvas } from "../go-on.ts";
import { openWriter, writeSize } from "../writer.ts";

const editOpsOptions = z.object({ cache: cacheOption });

export const editOps: Decoder = {
  name: "edit-ops",
  family: "typewriter",
  objective: "edit-operations",
  about: "operations that turn the test input into the answer, left to right",
  model: "typewriter-edit-ops",
  options: editOpsOptions,
  async *decode(model, prompt, options, ledger, signal): AsyncGenerator<Frame, Candidate[]> {
    const { cache } = checkOptions(editOpsOptions, options);
    refuseCanvas(prompt);
    const writer = await openWriter(model, prompt.tokens.slice(0, -1), cache, ledger, signal);
    try {
      const { height, width, pending } = await writeSize(writer, prompt, model.config.vocabSize);
      const canvas = openCanvas(height, width);
      /** Cells that became final by a choice: one that was coloured stands by it, others by what they were. */
      const settle = (decided: readonly number[], choice: Choice): number[] => {
        const from = canvas.chosen.size;
        const fresh = decided.slice(from).map((_, i) => from + i);
        const coloured = choice.id < COLOURS ? fresh.at(-1) : undefined;
        if (coloured === undefined) commitNothing(canvas, choice);
        for (const cell of fresh) {
          commit(canvas, cell, cell === coloured ? choice : given(decided[cell]!));
          canvas.confidence[cell] = choice.probability;
        }
        return fresh;
      };
      const operations = editing(testInputOf(prompt), canvas.rows, canvas.columns, prompt.grid);
      let step = operations.next();
      while (!step.done) {
        const { ids, placeOf } = step.value;
        const known = ids.length === 1;
        const choice = known ? given(ids[0]!) : bestAmong(await writer.write(pending.splice(0)), ids);
        pending.push({ id: choice.id, place: placeOf(choice.id) });
        step = operations.next(choice.id);
        const fresh = settle(step.done ? step.value : step.value.decided, choice);
        if (!known) yield takeFrame(canvas, ledger.passes, fresh);
      }
      return [candidateOf(canvas)];
    } finally {
      await writer.close();
    }
  },
};
