// What decoders share that work by rounds over the whole canvas.
import { patternOf } from "../sequence/attention-patterns.ts";
import type { Answer } from "./branches.ts";
import { type Canvas, commit, openSlots } from "./canvas.ts";
import { argmax, type Choice, type Distribution, distributionOf } from "./distribution.ts";
import type { PromptSession } from "./session.ts";
import { isTie } from "./ties.ts";

/** What the model says of a slot, given the canvas as it is. */
export interface Prediction {
  readonly slot: number;
  readonly distribution: Distribution;
  /** The likeliest id. */
  readonly choice: Choice;
}

/** A canvas as far as it is read. */
type Filled = Pick<Canvas, "layout"> & { readonly ids: readonly number[] };

/** A canvas as tokens to be read, some of its slots to be predicted. */
export function answerOf(
  { model: { config } }: Pick<PromptSession, "model">,
  { layout, ids }: Filled,
  slots: readonly number[],
): Answer {
  const { pattern, blockSize, shift } = config.jigsaw;
  return {
    tokens: layout.tokens(ids),
    predict: slots.map((slot) => layout.slots[slot]!.index),
    ...(patternOf(pattern).answer === "blocks" && { blockEnds: layout.blockEnds(blockSize, shift) }),
  };
}

/** The distributions of slots, from their logits [slots, vocabSize]. */
export const distributionsOf = (
  { layout }: Pick<Canvas, "layout">,
  slots: readonly number[],
  logits: Float32Array,
): Distribution[] =>
  slots.map((slot, i) => distributionOf(logits, layout.slots[slot]!, (i * logits.length) / slots.length));

/** Predicts slots of a canvas in one pass, filled ones too; open ones show from now on how sure the model is of them. */
export async function predict(
  session: PromptSession,
  canvas: Canvas,
  slots: readonly number[] = openSlots(canvas),
): Promise<Prediction[]> {
  const [logits] = await session.predict([answerOf(session, canvas, slots)]);
  const open = new Set(openSlots(canvas));
  return distributionsOf(canvas, slots, logits!).map((distribution, i) => {
    const [slot, choice] = [slots[i]!, argmax(distribution)];
    if (open.has(slot)) canvas.confidence[slot] = choice.probability;
    return { slot, distribution, choice };
  });
}

/** The slots that may be filled now: all that are open; where answers are read block by block, those of the first block with any. */
export function eligibleIn(
  { model: { config } }: PromptSession,
  { layout }: Pick<Canvas, "layout">,
): (open: readonly number[]) => readonly number[] {
  const { pattern, blockSize } = config.jigsaw;
  if (patternOf(pattern).answer !== "blocks") return (open) => open;
  const ends = layout.blockEnds(blockSize, false);
  const blockOf = (slot: number): number => ends[layout.slots[slot]!.index]!;
  return (open) => {
    const first = Math.min(...open.map(blockOf));
    return open.filter((slot) => blockOf(slot) === first);
  };
}

/** Predictions from the highest score down; of equals the first slot comes first. */
export function rankBy<T extends { slot: number }>(
  predictions: readonly T[],
  score: (one: T) => number,
): T[] {
  const scores = new Map(predictions.map((one) => [one, score(one)]));
  return predictions.toSorted((a, b) => scores.get(b)! - scores.get(a)! || a.slot - b.slot);
}

/** The first `count` of ranked predictions in the order of their slots; counts a tie between the last taken and the first left. */
export function takeTop<T extends { slot: number }>(
  { ties }: Canvas,
  ranked: readonly T[],
  count: number,
  score: (one: T) => number,
): T[] {
  const [last, next] = [ranked[count - 1], ranked[count]];
  if (last && next) ties.add(Number(isTie(score(last), score(next))));
  // Which of two slots committed together is surer may be a matter of rounding.
  return ranked.slice(0, count).sort((a, b) => a.slot - b.slot);
}

/** Commits the first `count` of ranked predictions, and gives their slots. */
export function commitTop(
  canvas: Canvas,
  ranked: readonly Prediction[],
  count: number,
  score: (one: Prediction) => number,
): number[] {
  const taken = takeTop(canvas, ranked, count, score);
  for (const { slot, choice } of taken) commit(canvas, slot, choice);
  return taken.map(({ slot }) => slot);
}

/** The share of the open slots that each of the rounds left must take. */
export const shareOf = (open: number, roundsLeft: number): number =>
  Math.ceil(open / Math.max(1, roundsLeft));
