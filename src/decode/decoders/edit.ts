// From a draft: every round re-reads the whole canvas and writes over cells where another colour is likelier than the
// one that stands (token-to-token editing of LLaDA2.1, Bie et al. 2026; mask-predict's refinement, Ghazvininejad et al.
// 2019, without masks). Changed: a cell never goes back to a colour that it left.
import * as z from "zod";
import { COLOURS, type Grid, height, width } from "../../arc/grid.ts";
import { JigsawError } from "../../core/errors.ts";
import { commit, type Layout, openSlots } from "../canvas.ts";
import { cacheOption, defineDecoder } from "../define.ts";
import { type Choice, choiceOf, forced, probabilityOf } from "../distribution.ts";
import { gridFormat } from "../grid-format.ts";
import type { AnswerFormat, Prompt } from "../prompt.ts";
import { type Prediction, predict, rankBy, takeTop } from "../rounds.ts";

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

/** What a grid's slots are drafted as: the draft, if it has the canvas's shape, else background. */
function draftOf({ grid }: AnswerFormat, { shape, slots }: Layout, from: string, draft: Grid | undefined) {
  if (!grid) return undefined;
  const known = draft ?? (from === "input" ? grid.input : undefined);
  if (known && [height(known), width(known)].join() === shape.join()) return known.flat();
  return slots.map(() => grid.background);
}

/** Writes over cells of a draft where another colour is likelier (LLaDA2.1, Bie et al. 2026). */
export const edit = defineDecoder({
  name: "edit",
  family: "jigsaw",
  objective: "wrong-cells",
  about: "a draft, whose unlikely cells are written over",
  model: "jigsaw-joint",
  infills: true,
  options: editOptions,
  check(_, { draft }) {
    if (draft) checkDraft(draft);
  },
  prepare<Answer>(prompt: Prompt<Answer>, { draft }: { draft?: Grid | undefined }): Prompt<Answer> {
    const { grid } = prompt.format;
    if (!draft || !grid) return prompt;
    const size = { rows: height(draft), columns: width(draft) };
    return {
      ...prompt,
      format: gridFormat(prompt.tokens, grid.number, size) as AnswerFormat<unknown> as AnswerFormat<Answer>,
    };
  },
  async *run({ session, canvas, options: { from, draft, rounds, margin, share }, ties, show }) {
    const { layout, ids, locked } = canvas;
    const open = openSlots(canvas);
    const drafted = draftOf(session.prompt.format, layout, from, draft);
    if (drafted) for (const slot of open) commit(canvas, slot, forced(drafted[slot]!));
    // Other kinds of answers are drafted by the model, all open slots at once.
    else if (open.length > 0)
      for (const { slot, choice } of await predict(session, canvas, open)) commit(canvas, slot, choice);
    yield show(canvas, open);
    /** Slots with an id that they left. */
    const left = new Set<string>();
    const most = Math.ceil(share * ids.length);
    const unlocked = [...ids.keys()].filter((slot) => !locked.has(slot));
    const gain = ({ slot, distribution, choice }: Prediction) =>
      choice.probability - probabilityOf(distribution, ids[slot]!);
    const sureness = ({ choice }: { choice: Choice }) => choice.probability;
    for (let round = 0; round < rounds && unlocked.length > 0; round++) {
      const predictions = await predict(session, canvas, unlocked);
      const wanted = predictions.filter((prediction) => {
        const { slot, choice } = prediction;
        if (choice.id === ids[slot] || left.has(`${slot} ${choice.id}`)) return false;
        return ties.exceeds(gain(prediction), margin);
      });
      const changed = takeTop(canvas, rankBy(wanted, sureness), most, sureness).map(({ slot }) => slot);
      const changing = new Set(changed);
      for (const { slot, distribution, choice } of predictions) {
        if (changing.has(slot)) left.add(`${slot} ${ids[slot]}`);
        commit(canvas, slot, changing.has(slot) ? choice : choiceOf(distribution, ids[slot]!));
      }
      yield show(canvas, changed, changed);
      if (changed.length === 0) return;
    }
  },
});
