// One model drafts and verifies (self-speculation of Nemotron-Labs-Diffusion, NVIDIA 2026; speculative decoding,
// Leviathan et al. 2023): the masked cells are drafted in one pass, a causal pass reads the draft, and its cells stand up
// to the first one that the causal reading finds another colour for, which it replaces. Changed: the likeliest colour
// instead of sampling, so the answer is greedy's; size first; and where a draft did not pay, the next passes verify what
// is left of it instead of drafting anew.
import * as z from "zod";
import { JigsawError } from "../../core/errors.ts";
import { patternOf } from "../../sequence/attention-patterns.ts";
import { type Canvas, commit } from "../canvas.ts";
import { cacheOption, defineDecoder } from "../define.ts";
import { argmax, type Choice } from "../distribution.ts";
import { answerOf, distributionsOf } from "../rounds.ts";
import type { PromptSession } from "../session.ts";

/** The likeliest id of each of some slots, every slot seen or only those before. */
async function choicesOf(
  session: PromptSession,
  canvas: Pick<Canvas, "layout" | "ids">,
  slots: readonly number[],
  attention: "full" | "causal",
): Promise<Choice[]> {
  const [logits] = await session.predict([answerOf(session, canvas, slots)], attention);
  return distributionsOf(canvas, slots, logits!).map(argmax);
}

const MODEL = "jigsaw-joint";

/** Greedy's answer in fewer passes: drafts all cells, then verifies them causally (Leviathan et al. 2023). */
export const speculative = defineDecoder({
  name: "speculative",
  family: "jigsaw",
  objective: "masked-diffusion",
  needs: ["autoregressive"],
  about: "drafts all cells at once and reads them causally: greedy's answer in fewer passes",
  model: MODEL,
  options: z.object({ cache: cacheOption }),
  /** Refuses a checkpoint that reads the prompt otherwise when it drafts than when it verifies. */
  check({ jigsaw: { pattern, shift } }) {
    const { prompt, answer, promptSeesAnswer } = patternOf(pattern);
    if (prompt === "causal" && answer === "full" && !promptSeesAnswer && shift) return;
    throw new JigsawError(
      "unsupported",
      `decoder "speculative" needs the attention pattern causal-prompt and the logit shift; this checkpoint has the pattern ${pattern} ${shift ? "with" : "without"} the shift`,
      `Try --model ${MODEL}, or train with --objective joint.`,
    );
  },
  async *run({ session, canvas, ties, show }) {
    const { ids, confidence, layout } = canvas;
    let draft: readonly number[] = ids;
    let first = 0;
    // Slots committed less passes made. A draft costs a pass and brings at least none: never below -1, so at most one
    // pass more than there are slots.
    let saved = 0;
    while (first < ids.length) {
      const rest = Array.from({ length: ids.length - first }, (_, i) => first + i);
      if (saved >= 0 && rest.length > 1) {
        const choices = await choicesOf(session, canvas, rest, "full");
        draft = [...ids.slice(0, first), ...choices.map(({ id }) => id)];
        saved--;
        for (const [i, { probability, tie }] of choices.entries()) {
          confidence[first + i] = probability;
          ties.add(Number(tie));
        }
      }
      const drafted = { layout, ids: [...ids.slice(0, first), ...draft.slice(first)] };
      const verified = await choicesOf(session, drafted, rest, "causal");
      const wrong = rest.findIndex((slot, i) => draft[slot] !== verified[i]!.id);
      const committed = wrong < 0 ? rest : rest.slice(0, wrong + 1);
      for (const [i, slot] of committed.entries()) commit(canvas, slot, verified[i]!);
      first += committed.length;
      saved += committed.length - 1;
      yield show(canvas, committed);
    }
  },
});
