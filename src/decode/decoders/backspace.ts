// The typewriter with a key that takes back the last cell (SequenceMatch, Cundy & Ermon 2023). Changed: it is greedy
// instead of sampling; what was taken back is never typed again after the same cells; the number of backspaces is
// bounded; the size is not taken back; row ends go and come with the cell before them, as in training; and where the
// last cell is typed, either the end or one more backspace follows.
import * as z from "zod";
import { COLOUR_IDS, COLOURS } from "../../arc/grid.ts";
import { checkOptions } from "../../core/options.ts";
import { BACKSPACE_MODES } from "../../objectives/index.ts";
import { canvasPlaces, nthCellIndex, TOKEN } from "../../sequence/tokens.ts";
import { cacheOption } from "../cache-option.ts";
import { type Canvas, candidateOf, commit, openCanvas, takeFrame } from "../canvas.ts";
import type { Candidate, Decoder } from "../decoder.ts";
import { bestAmong, type Choice } from "../distribution.ts";
import { CLOSE, type Frame } from "../frames.ts";
import { refuseCanvas } from "../go-on.ts";
import { openWriter, writeSize } from "../writer.ts";

const backspaceOptions = z.object({
  cache: cacheOption,
  mode: z
    .enum(BACKSPACE_MODES)
    .default("kept")
    .describe("whether what was taken back stays in the history, or is hidden from what follows; as trained"),
  threshold: z
    .number()
    .min(0)
    .lt(1)
    .optional()
    .describe("take back where a backspace is likelier than this (default: where nothing is likelier)"),
  budget: z.number().min(0).max(2).default(2).describe("backspaces at most, for each cell of the answer"),
});

/** Whether a backspace follows rather than any of some ids, from logits [vocabulary]. */
function wantsBackspace(
  logits: Float32Array,
  rivals: readonly number[],
  threshold: number | undefined,
): { wanted: boolean; close: boolean } {
  const ids = [TOKEN.backspace, ...rivals];
  const top = Math.max(...ids.map((id) => logits[id]!));
  const powers = ids.map((id) => Math.exp(logits[id]! - top));
  const total = powers.reduce((a, b) => a + b);
  const [probability, ...others] = powers.map((power) => power / total);
  const needed = threshold ?? Math.max(...others);
  return { wanted: probability! > needed, close: Math.abs(probability! - needed) < CLOSE };
}

/** The colours that were taken back after each row of cells. */
function openMemory() {
  const taken = new Map<string, number[]>();
  const after = (cells: readonly number[], cell: number): readonly number[] =>
    taken.get(cells.slice(0, cell).join()) ?? [];
  return {
    after,
    add: (cells: readonly number[], cell: number) =>
      void taken.set(cells.slice(0, cell).join(), [...after(cells, cell), cells[cell]!]),
  };
}

export const backspace: Decoder = {
  name: "backspace",
  family: "typewriter",
  objective: "backspace",
  about: "the likeliest token, left to right, where taking back the last one is a token too",
  model: "typewriter-backspace",
  options: backspaceOptions,
  async *decode(model, prompt, options, ledger, signal): AsyncGenerator<Frame, Candidate[]> {
    const { cache, mode, threshold, budget } = checkOptions(backspaceOptions, options);
    refuseCanvas(prompt);
    const { tokens, grid } = prompt;
    const { vocabSize, maxPositions } = model.config;
    const writer = await openWriter(model, tokens.slice(0, -1), cache, ledger, signal);
    try {
      const { height, width, pending: sized } = await writeSize(writer, prompt, vocabSize);
      let pending = sized;
      let canvas = openCanvas(height, width);
      const { rows, columns } = canvas;
      const count = rows * columns;
      const places = canvasPlaces(rows, columns, grid);
      const indexOf = (cell: number) => nthCellIndex(cell, columns);
      const isLast = (cell: number) => (cell + 1) % columns === 0;

      const memory = openMemory();
      const typed: { choice: Choice; at: number }[] = [];
      let left = Math.floor(budget * count);
      // The mark and the sizes.
      let written = 3;
      /** Whether the last cell can be taken back: the model has to have room for it, and another colour left. */
      const canRetract = () => {
        const cell = typed.length - 1;
        const needed = tokens.length - 1 + written + 1 + places.length - indexOf(cell);
        return (
          cell >= 0 &&
          left > 0 &&
          needed <= maxPositions &&
          memory.after(canvas.cells, cell).length < COLOURS - 1
        );
      };
      const retract = (): number => {
        const cell = typed.length - 1;
        memory.add(canvas.cells, cell);
        const { at } = typed.pop()!;
        if (mode === "dropped") for (let i = at; i <= at + Number(isLast(cell)); i++) writer.hide(i, written);
        if (mode === "dropped") writer.hide(written, written);
        pending = [{ id: TOKEN.backspace, place: places[indexOf(cell)]! }];
        written++;
        left--;
        canvas = replay(canvas, openCanvas(height, width), typed);
        return cell;
      };
      const put = (choice: Choice): number => {
        const cell = typed.length;
        commit(canvas, cell, choice);
        typed.push({ choice, at: written });
        pending = [{ id: choice.id, place: places[indexOf(cell)]! }];
        if (isLast(cell)) pending.push({ id: TOKEN.rowEnd, place: places[indexOf(cell) + 1]! });
        written += pending.length;
        return cell;
      };

      while (typed.length < count || canRetract()) {
        const logits = await writer.write(pending);
        const full = typed.length === count;
        const not = full ? [] : memory.after(canvas.cells, typed.length);
        const rivals = full ? [TOKEN.end] : COLOUR_IDS.filter((id) => !not.includes(id));
        const { wanted, close } = canRetract()
          ? wantsBackspace(logits, rivals, threshold)
          : { wanted: false, close: false };
        canvas.close += Number(close);
        if (wanted) {
          const cell = retract();
          yield takeFrame(canvas, ledger.passes, [], [cell]);
          continue;
        }
        yield takeFrame(canvas, ledger.passes, full ? [] : [put(bestAmong(logits, rivals))]);
        if (full) break;
      }
      return [candidateOf(canvas)];
    } finally {
      await writer.close();
    }
  },
};

/** An open canvas filled with what still stands of another. */
function replay({ close }: Canvas, open: Canvas, typed: readonly { readonly choice: Choice }[]): Canvas {
  for (const [cell, { choice }] of typed.entries()) commit(open, cell, choice);
  open.close = close;
  return open;
}
