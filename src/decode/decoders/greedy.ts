// The typewriter: the likeliest token after what is written, left to right, with a cache of keys and values. Tokens that
// are known (row ends) are not asked for: each is read together with the slot before it.
import * as z from "zod";
import { commit } from "../canvas.ts";
import { cacheOption, defineDecoder } from "../define.ts";
import { argmax, distributionOf } from "../distribution.ts";
import { openTyping } from "../typing.ts";

/** The likeliest token, left to right. */
export const greedy = defineDecoder({
  name: "greedy",
  family: "typewriter",
  objective: "autoregressive",
  about: "the likeliest token after what is written, left to right",
  model: "typewriter-tiny",
  options: z.object({ cache: cacheOption }),
  async *run({ session, canvas, show }) {
    const { layout, ids } = canvas;
    await using typing = openTyping(session);
    let read = 0;
    for (const [slot, { index, ...range }] of layout.slots.entries()) {
      const logits = await typing.type(layout.tokens(ids, read, index));
      read = index;
      commit(canvas, slot, argmax(distributionOf(logits, range)));
      yield show(canvas, [slot]);
    }
  },
});
