// The canvas: slots that are open, filled or locked. Decoders choose, fill and take back slots; what a slot may hold, how
// slots lie among tokens and how a canvas is drawn is its layout's business.
import type { Token } from "../sequence/tokens.ts";
import { type Choice, forced, type IdRange } from "./distribution.ts";
import { type Frame, OPEN, type Template } from "./frames.ts";
import { newTies, type Ties } from "./ties.ts";

/** A place for one token, and the ids that it may hold. */
export interface Slot extends IdRange {
  /** The index of its token among the canvas's tokens. */
  readonly index: number;
}

/** How an answer of one size lies in the sequence: its slots, and the tokens between them that are known. */
export interface Layout<Answer = unknown> {
  /** How the slots are laid out to be drawn: [rows, columns] of a grid, [length] of a line. */
  readonly shape: readonly number[];
  /** In reading order, which is the order in which a typewriter fills them. */
  readonly slots: readonly Slot[];
  /** How many tokens there are. */
  readonly length: number;
  /** The tokens `from` up to, but without, `to`; a slot's is the id given for it, the mask token where that is OPEN. */
  tokens(ids: readonly number[], from?: number, to?: number): Token[];
  /**
   * For each token, the index after the last token of its block (BD3-LM).
   * @param blockSize tokens in a block; null: as the layout divides itself (a grid into rows)
   * @param shift whether a slot is predicted at the token before it, where its block then begins
   */
  blockEnds(blockSize: number | null, shift: boolean): number[];
  /** Tokens with which a typewriter takes slots back, where the format has them. */
  readonly control?: {
    /** The token that takes back a slot, at its position. */
    backspace(slot: number): Token;
    /** The id that ends the answer. */
    readonly end: number;
  };
  /** The answer that full slots spell. */
  read(ids: readonly number[]): Answer;
}

/** An answer while it is decoded. Decoders change it through `commit` and `retract`. */
export interface Canvas<Answer = unknown> {
  readonly layout: Layout<Answer>;
  /** The id in each slot, or OPEN. */
  readonly ids: number[];
  /** The probability of what each slot holds; of the likeliest id while it is open. */
  readonly confidence: number[];
  /** Natural logarithm of the probability of all choices that stand, the layout's own included. */
  logProbability: number;
  /** The choice that each filled slot stands by, in the order in which they were made. */
  readonly choices: Map<number, Choice>;
  /** Slots that are never changed or taken back. */
  readonly locked: ReadonlySet<number>;
  readonly ties: Ties;
}

/** A finished answer of a decoder. */
export interface Candidate<Answer = unknown> {
  readonly answer: Answer;
  /** Natural logarithm of the probability with which the decoder chose it, its size included. */
  readonly logProbability: number;
  /** The same answer with the least certain choice changed to its runner-up. */
  readonly runnerUp: Answer;
  /** How often the decoder saw it, where it counts that. */
  readonly visits?: number;
}

/** What an open canvas begins with. */
export interface Opening {
  /** The choices that its layout rests on (a grid: its height and width). */
  readonly decided?: readonly Choice[];
  /** Slots that are filled already; they stand as if they had been given. */
  readonly template?: Template | undefined;
  readonly ties?: Ties;
}

/** A canvas of a layout: every slot is open, but for those that a template fills. */
export function openCanvas<Answer>(
  layout: Layout<Answer>,
  { decided = [], template, ties = newTies() }: Opening = {},
): Canvas<Answer> {
  const canvas: Canvas<Answer> = {
    layout,
    ids: layout.slots.map(() => OPEN),
    confidence: layout.slots.map(() => 0),
    logProbability: decided.reduce((sum, { probability }) => sum + Math.log(probability), 0),
    choices: new Map(),
    locked: new Set(template?.locked),
    ties,
  };
  ties.add(decided.filter(({ tie }) => tie).length);
  for (const [slot, id] of template?.slots.entries() ?? []) if (id !== OPEN) commit(canvas, slot, forced(id));
  return canvas;
}

/** The indices of open slots, ascending. */
export const openSlots = ({ ids }: Pick<Canvas, "ids">): number[] =>
  [...ids.keys()].filter((slot) => ids[slot] === OPEN);

/** Finite, so that what was added can be taken off again. */
export const logOf = (probability: number): number => Math.log(Math.max(probability, Number.MIN_VALUE));

/** Fills a slot, whatever it held. */
export function commit(canvas: Canvas, slot: number, choice: Choice): void {
  release(canvas, slot);
  canvas.ids[slot] = choice.id;
  canvas.confidence[slot] = choice.probability;
  canvas.choices.set(slot, choice);
  account(canvas, choice);
}

/** Counts a choice that the canvas stands by, but no slot alone. */
export function account(canvas: Canvas, { probability, tie }: Choice): void {
  canvas.logProbability += logOf(probability);
  canvas.ties.add(Number(tie));
}

function release(canvas: Canvas, slot: number): void {
  const choice = canvas.choices.get(slot);
  if (choice) canvas.logProbability -= logOf(choice.probability);
  canvas.choices.delete(slot);
}

/** Opens a filled slot again. */
export function retract(canvas: Canvas, slot: number): void {
  release(canvas, slot);
  canvas.ids[slot] = OPEN;
}

/** A copy that goes its own way; its ties are counted apart. */
export const fork = <Answer>(canvas: Canvas<Answer>): Canvas<Answer> => ({
  ...canvas,
  ids: [...canvas.ids],
  confidence: [...canvas.confidence],
  choices: new Map(canvas.choices),
  ties: newTies(),
});

/** The canvas as it is after a pass. */
export function frameOf(
  { layout, ids, confidence, ties }: Canvas,
  pass: number,
  committed: readonly number[],
  retracted: readonly number[] = [],
): Frame {
  return {
    pass,
    shape: layout.shape,
    slots: [...ids],
    confidence: [...confidence],
    committed,
    retracted,
    ties: ties.take(),
  };
}

/** The choice that was made by the narrowest margin, the first of equals. */
function weakest(choices: Canvas["choices"]): { slot: number; runnerUp: number } {
  let [narrowest, found] = [Number.POSITIVE_INFINITY, { slot: 0, runnerUp: 0 }];
  for (const [slot, { probability, runnerUp, runnerUpProbability }] of choices) {
    const margin = probability - runnerUpProbability;
    if (margin < narrowest) [narrowest, found] = [margin, { slot, runnerUp }];
  }
  return found;
}

/** The full canvas as a candidate. */
export function candidateOf<Answer>({
  layout,
  ids,
  logProbability,
  choices,
}: Canvas<Answer>): Candidate<Answer> {
  const { slot, runnerUp } = weakest(choices);
  return { answer: layout.read(ids), logProbability, runnerUp: layout.read(ids.with(slot, runnerUp)) };
}
