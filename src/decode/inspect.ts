// What a model says of every slot of a canvas, in one pass after the prompt's.
import type { Ledger } from "../engine/ledger.ts";
import type { Model } from "../model/model.ts";
import { OPEN, type Template } from "./frames.ts";
import type { Prompt } from "./prompt.ts";
import { answerOf, distributionsOf } from "./rounds.ts";
import { openSession } from "./session.ts";

/** Whether a model was trained to read open slots; others write from left to right. */
export function readsOpenSlots({ config: { jigsaw } }: Pick<Model, "config">): boolean {
  return jigsaw.objectives.some((name) => name === "masked-diffusion" || name === "block-diffusion");
}

/**
 * Probabilities of the ids that each slot may hold. Models trained for masked tokens tell those of open slots given the
 * canvas, and of filled slots as they read them with that same canvas (under the pattern `blocks`, up to the end of the
 * slot's block). Others tell those of each slot given the slots before it, and null of the slots after the first open
 * one, which nothing is said about.
 */
export async function inspect(
  model: Model,
  prompt: Prompt,
  { shape, slots: ids }: Pick<Template, "shape" | "slots">,
  ledger?: Ledger,
  signal?: AbortSignal,
): Promise<(number[] | null)[]> {
  const masked = readsOpenSlots(model);
  const layout = prompt.format.layoutOf(shape);
  const firstOpen = ids.indexOf(OPEN);
  const told = [...layout.slots.keys()].filter((slot) => masked || firstOpen < 0 || slot <= firstOpen);
  await using session = openSession(model, prompt, { ledger, signal });
  const [logits] = await session.predict(
    [answerOf(session, { layout, ids }, told)],
    masked ? undefined : "causal",
  );
  const found = distributionsOf({ layout }, told, logits!);
  return layout.slots.map((_, slot): number[] | null =>
    slot < found.length ? [...found[slot]!.probabilities] : null,
  );
}
