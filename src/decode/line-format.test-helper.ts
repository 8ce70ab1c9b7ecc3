// A second kind of answer, for tests: a line of text of a known length over a small vocabulary. Nothing in it is a grid.
import type { Token } from "../sequence/tokens.ts";
import { commit, type Layout, openCanvas } from "./canvas.ts";
import type { IdRange } from "./distribution.ts";
import { OPEN } from "./frames.ts";
import type { AnswerFormat, Prompt } from "./prompt.ts";

/** The token of a place that is not known. */
export const LINE_MASK = 1;
const ALPHABET = "abcdefghijkl";
const LETTERS: IdRange = { first: 3, count: ALPHABET.length };
/** How many tokens there are at least. */
export const LINE_VOCABULARY = LETTERS.first + LETTERS.count + 1;

// Positions are counted in the sequence; a place on a grid is never looked at.
const NOWHERE = { grid: 0, row: 0, column: 0, below: 0, right: 0 };
const tokenOf = (id: number): Token => ({ id: id === OPEN ? LINE_MASK : id, place: NOWHERE });
const idsOf = (text: string): number[] => [...text].map((letter) => LETTERS.first + ALPHABET.indexOf(letter));
const textOf = (ids: readonly number[]): string => ids.map((id) => ALPHABET[id - LETTERS.first]).join("");

function lineLayout(length: number): Layout<string> {
  return {
    shape: [length],
    slots: Array.from({ length }, (_, index) => ({ ...LETTERS, index })),
    length,
    tokens: (ids, from = 0, to = length) => ids.slice(from, to).map(tokenOf),
    blockEnds: (blockSize) =>
      Array.from({ length }, (_, i) =>
        blockSize === null ? length : Math.min(length, (Math.floor(i / blockSize) + 1) * blockSize),
      ),
    read: textOf,
  };
}

function lineFormat(length: number): AnswerFormat<string> {
  const layout = lineLayout(length);
  return {
    layoutOf: () => layout,
    layOut: async () => ({ layout, decided: [] }),
    script: {
      known: [],
      slotAfter: (ids) => layout.slots[ids.length],
      tokensOf: (ids) => [tokenOf(ids.at(-1)!)],
      canvasOf(choices, ties) {
        const canvas = openCanvas(layout, { ties });
        for (const [slot, choice] of choices.entries()) commit(canvas, slot, choice);
        return canvas;
      },
      idsOf,
    },
  };
}

/** Asks for a line of so many letters after another line. */
export const linePrompt = (text: string, length: number): Prompt<string> => ({
  tokens: [{ id: 0, place: NOWHERE }, ...idsOf(text).map(tokenOf)],
  span: { length: text.length + 1 },
  format: lineFormat(length),
});
