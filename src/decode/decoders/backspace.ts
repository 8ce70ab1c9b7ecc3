// The typewriter with a key that takes back the last cell (SequenceMatch, Cundy & Ermon 2023). Changed: it is greedy
// instead of sampling; what was taken back is never typed again after the same cells; the number of backspaces is
// bounded; the size is not taken back; row ends go and come with the cell before them, as in training; and where the
// last cell is typed, either the end or one more backspace follows.
import * as z from "zod";
import { JigsawError } from "../../core/errors.ts";
import { BACKSPACE_MODES } from "../../objectives/index.ts";
import type { Token } from "../../sequence/tokens.ts";
import { commit, retract } from "../canvas.ts";
import { cacheOption, defineDecoder } from "../define.ts";
import { argmaxAmong } from "../distribution.ts";
import type { Node } from "../nodes.ts";
import type { Ties } from "../ties.ts";
import { openTyping } from "../typing.ts";

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

/** Whether a backspace follows rather than any of some ids, from logits [vocabSize]. */
function wantsBackspace(
  logits: Float32Array,
  backspace: number,
  rivals: readonly number[],
  threshold: number | undefined,
  ties: Ties,
): boolean {
  const ids = [backspace, ...rivals];
  const top = Math.max(...ids.map((id) => logits[id]!));
  const powers = ids.map((id) => Math.exp(logits[id]! - top));
  const total = powers.reduce((a, b) => a + b);
  const [probability, ...others] = powers.map((power) => power / total);
  return ties.exceeds(probability!, threshold ?? Math.max(...others));
}

/** The ids that were taken back after each beginning of the answer. */
function openMemory() {
  const taken = new Map<string, number[]>();
  const after = (ids: readonly number[], slot: number): readonly number[] =>
    taken.get(ids.slice(0, slot).join()) ?? [];
  return {
    after,
    add: (ids: readonly number[], slot: number) =>
      void taken.set(ids.slice(0, slot).join(), [...after(ids, slot), ids[slot]!]),
  };
}

/** Greedy decoding that can take back the last cell (SequenceMatch, Cundy & Ermon 2023). */
export const backspace = defineDecoder({
  name: "backspace",
  family: "typewriter",
  objective: "backspace",
  about: "the likeliest token, left to right, where taking back the last one is a token too",
  model: "typewriter-backspace",
  options: backspaceOptions,
  async *run({ session, canvas, options: { mode, threshold, budget }, ties, show }) {
    const { layout, ids } = canvas;
    const { slots, control } = layout;
    if (!control) throw new JigsawError("unsupported", "this kind of answer has no backspace", "Use greedy.");
    const { maxPositions } = session.model.config;
    const count = slots.length;
    await using typing = openTyping(session);
    const memory = openMemory();
    /** For each typed slot, the token that it followed. */
    const before: (Node | undefined)[] = [];
    let pending: Token[] = layout.tokens(ids, 0, slots[0]!.index);
    let written = 1 + pending.length;
    let left = Math.floor(budget * count);
    /** In mode dropped: what later tokens follow as soon as the backspace is typed. */
    let dropTo: { readonly node: Node | undefined } | undefined;
    /** The tokens of a slot: its own, and those that are known to follow it. */
    const tokensOf = (slot: number) =>
      layout.tokens(ids, slots[slot]!.index, slots[slot + 1]?.index ?? layout.length);
    /** Whether the last slot can be taken back: the model has to have room for it, and another id left. */
    const canRetract = () => {
      const slot = before.length - 1;
      if (slot < 0 || left === 0) return false;
      const { index, count: choices } = slots[slot]!;
      const needed = session.prompt.tokens.length - 1 + written + 1 + layout.length - index;
      return needed <= maxPositions && memory.after(ids, slot).length < choices - 1;
    };

    while (before.length < count || canRetract()) {
      const logits = await typing.type(pending);
      if (dropTo) {
        typing.goBackTo(dropTo.node);
        dropTo = undefined;
      }
      const slot = before.length;
      const full = slot === count;
      const not = full ? [] : memory.after(ids, slot);
      const rivals = full
        ? [control.end]
        : Array.from({ length: slots[slot]!.count }, (_, i) => slots[slot]!.first + i).filter(
            (id) => !not.includes(id),
          );
      if (canRetract() && wantsBackspace(logits, control.backspace(slot - 1).id, rivals, threshold, ties)) {
        const last = slot - 1;
        memory.add(ids, last);
        const node = before.pop();
        pending = [control.backspace(last)];
        written++;
        left--;
        retract(canvas, last);
        canvas.confidence[last] = 0;
        if (mode === "dropped") dropTo = { node };
        yield show(canvas, [], [last]);
        continue;
      }
      if (full) {
        yield show(canvas, []);
        break;
      }
      commit(canvas, slot, argmaxAmong(logits, rivals));
      before.push(typing.last);
      pending = tokensOf(slot);
      written += pending.length;
      yield show(canvas, [slot]);
    }
  },
});
