// A fixed number of rounds, the most confident cells first (MaskGIT, Chang et al. 2022; LLaDA's low-confidence
// remasking, Nie et al. 2025), as the original did at 10 and 30 rounds. Changed: size first, on a canvas of that size;
// a committed cell is never taken back; under the pattern "blocks" block by block, in as many more rounds as that takes.
import * as z from "zod";
import { openSlots } from "../canvas.ts";
import { cacheOption, defineDecoder } from "../define.ts";
import { ORDERS, scoreBy } from "../orders.ts";
import { commitTop, eligibleIn, predict, rankBy, shareOf } from "../rounds.ts";

/** A fixed number of rounds, the most confident cells first (MaskGIT, Chang et al. 2022; LLaDA, Nie et al. 2025). */
export const steps = defineDecoder({
  name: "steps",
  family: "jigsaw",
  objective: "masked-diffusion",
  about: "a fixed number of rounds, most confident cells first",
  model: "jigsaw-adapted",
  infills: true,
  options: z.object({
    cache: cacheOption,
    steps: z.int().positive().default(10).describe("rounds in which the canvas is filled"),
    order: z.enum(ORDERS).default("confidence").describe("which cells are committed first"),
    seed: z.int().min(0).default(1).describe("of the order, where it is random"),
  }),
  async *run({ session, canvas, options: { steps, order, seed }, show }) {
    const score = scoreBy(order, session.prompt, canvas.ids.length, seed);
    const eligible = eligibleIn(session, canvas);
    const rounds = Math.min(steps, openSlots(canvas).length);
    for (let round = 0; openSlots(canvas).length > 0; round++) {
      const open = openSlots(canvas);
      const now = new Set(eligible(open));
      const ranked = rankBy(
        (await predict(session, canvas, open)).filter(({ slot }) => now.has(slot)),
        score,
      );
      const count = Math.min(ranked.length, shareOf(open.length, rounds - round));
      yield show(canvas, commitTop(canvas, ranked, count, score));
    }
  },
});
