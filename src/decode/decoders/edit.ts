// From a draft: every round re-reads the whole canvas and writes over cells where another colour is likelier than the
// one that stands (token-to-token editing of LLaDA2.1, Bie et al. 2026; mask-predict's refinement, Ghazvininejad et al.
// 2019, without masks). Changed: a cell never goes back to a colour that it left.
import * as z from "zod";
import { COLOURS, type Grid, height, width } from "../../arc/grid.ts";
import { JigsawError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import { cacheOption } from "../cache-option.ts";
import { type Canvas, commit, openCells, retract, takeFrame } from "../canvas.ts";
import { type Decoder, type Prompt, testInputOf } from "../decoder.ts";
import { chosen, given, probabilityOf } from "../distribution.ts";
import { CLOSE } from "../frames.ts";
import { backgroundOf } from "../orders.ts";
import { type CellReading, onCanvas, rank } from "../rounds.ts";

const editOptions = z.object({
  cache: cacheOption,
  from: z
    .enum(["input", "background"])
    .default("input")
    .describe("the draft: the test input, if it has the answer's size, or background"),
  draft: z
    .array(
      z.array(
        z
          .int()
          .min(0)
          .max(COLOURS - 1),
      ),
    )
    .optional()
    .describe("a draft of one's own, whose size is kept"),
  rounds: z.int().positive().default(10).describe("the most rounds"),
  margin: z.number().min(0).max(1).default(0).describe("how much likelier another colour must be"),
  share: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .describe("the share of the cells that a round changes at most"),
});

/** The colours to begin with, row by row. */
function draftOf(
  { rows, columns, cells }: Canvas,
  prompt: Prompt,
  from: string,
  draft: Grid | undefined,
): number[] {
  const grid = draft ?? (from === "input" ? testInputOf(prompt) : undefined);
  if (grid && height(grid) === rows && width(grid) === columns) return grid.flat();
  return cells.map(() => backgroundOf(prompt));
}

function checkDraft(draft: Grid): void {
  const columns = draft[0]?.length ?? 0;
  if (columns > 0 && columns <= 30 && draft.length <= 30 && draft.every((row) => row.length === columns))
    return;
  throw new JigsawError(
    "bad-option",
    "the draft is no grid",
    "Give 1 to 30 rows of 1 to 30 colours each, all of one length.",
  );
}

export const edit: Decoder = {
  name: "edit",
  family: "jigsaw",
  objective: "wrong-cells",
  about: "a draft, whose unlikely cells are written over",
  model: "jigsaw-joint",
  options: editOptions,
  goesOn: true,
  async *decode(model, prompt, options, ledger, signal) {
    const { cache, from, draft, rounds, margin, share } = checkOptions(editOptions, options);
    if (draft) checkDraft(draft);
    const sized = draft ? { ...prompt, size: { rows: height(draft), columns: width(draft) } } : prompt;
    return yield* onCanvas(
      { model, prompt: sized, cache, ledger, signal },
      async function* ({ canvas, read }) {
        const { cells } = canvas;
        const open = openCells(canvas);
        const drafted = draftOf(canvas, prompt, from, draft);
        for (const cell of open) commit(canvas, cell, given(drafted[cell]!));
        yield takeFrame(canvas, ledger.passes, open);
        const left = new Set<number>();
        const most = Math.ceil(share * cells.length);
        const gain = ({ cell, distribution, choice }: CellReading) =>
          choice.probability - probabilityOf(distribution, cells[cell]!);
        for (let round = 0; round < rounds; round++) {
          const readings = (await read()).filter(({ cell }) => !canvas.locked.has(cell));
          const wanted = readings.filter((reading) => {
            const { cell, choice } = reading;
            if (choice.id === cells[cell] || left.has(cell * COLOURS + choice.id)) return false;
            if (Math.abs(gain(reading) - margin) < CLOSE) canvas.close++;
            return gain(reading) > margin;
          });
          const ranked = rank(wanted, ({ choice }) => choice.probability);
          const [last, next] = [ranked[most - 1], ranked[most]];
          if (last && next && last.choice.probability - next.choice.probability < CLOSE) canvas.close++;
          const changed = ranked
            .slice(0, most)
            .map(({ cell }) => cell)
            .sort((a, b) => a - b);
          const changing = new Set(changed);
          for (const { cell, distribution, choice } of readings) {
            if (changing.has(cell)) left.add(cell * COLOURS + cells[cell]!);
            const stands = changing.has(cell) ? choice : chosen(distribution, cells[cell]!);
            retract(canvas, cell);
            commit(canvas, cell, stands);
          }
          yield takeFrame(canvas, ledger.passes, changed, changed);
          if (changed.length === 0) return;
        }
      },
    );
  },
};
