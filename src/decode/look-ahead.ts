// Predicts canvases, several in one pass: those that wait are read along with the one that is asked for, in the hope
// that they are asked for later. Which canvases share a pass never shows in what is read.
import { type Canvas, openSlots } from "./canvas.ts";
import type { Distribution } from "./distribution.ts";
import { answerOf, distributionsOf } from "./rounds.ts";
import type { PromptSession } from "./session.ts";

/** The distributions of a canvas's open slots, by slot; `others` may be read along with it, the first first. */
export type Predict = (
  canvas: Canvas,
  others: readonly Canvas[],
) => Promise<ReadonlyMap<number, Distribution>>;

/** @param batch how many canvases of one layout are read in a pass at most */
export function lookAhead(session: PromptSession, batch: number): Predict {
  const { model, prompt } = session;
  const known = new Map<Canvas, ReadonlyMap<number, Distribution>>();
  return async (canvas, others) => {
    if (!known.has(canvas)) {
      const room = Math.floor((model.config.maxPositions - prompt.tokens.length) / canvas.layout.length);
      const along = others.filter((other) => !known.has(other));
      const asked = [canvas, ...along.slice(0, Math.max(0, Math.min(batch, room) - 1))].map((each) => ({
        each,
        open: openSlots(each),
      }));
      const logits = await session.predict(asked.map(({ each, open }) => answerOf(session, each, open)));
      for (const [i, { each, open }] of asked.entries()) {
        const found = distributionsOf(each, open, logits[i]!);
        known.set(each, new Map(open.map((slot, at) => [slot, found[at]!])));
      }
    }
    const found = known.get(canvas)!;
    known.delete(canvas);
    return found;
  };
}
