/**
 * Puzzles as text that a tokenizer of ours reads back token by token:
 *
 *   <|im_start|>I<|size_2|><|size_3|>012\n345\nO<|size_1|><|size_1|>0\n<|im_end|>
 *
 * Digits, the line's end and the letters I and O are words of every Qwen vocabulary; the rest are added tokens.
 * Words never stand where a full vocabulary would join two to one: Qwen's splits digits, and sizes follow I and O.
 */

import { JigsawError } from "../core/errors.ts";
import { VOCABULARY } from "../sequence/tokens.ts";

/** What each of our tokens is written as, by its id. */
export const TOKEN_TEXTS: readonly string[] = [
  ...Array.from({ length: 10 }, (_, colour) => String(colour)),
  "\n",
  "I",
  "O",
  "<|endoftext|>",
  "<|im_start|>",
  "<|im_end|>",
  "<|mask|>",
  ...Array.from({ length: 30 }, (_, i) => `<|size_${i + 1}|>`),
  "<|backspace|>",
  ...Array.from({ length: 16 }, (_, i) => `<|edit_${i}|>`),
];

/** Tokens (our ids) as text. `texts`: how each is written, where a checkpoint has names of its own (see `Vocabulary`). */
export function puzzleText(ids: readonly number[], texts: readonly string[] = TOKEN_TEXTS): string {
  return ids
    .map((id) => {
      const text = texts[id];
      if (text !== undefined) return text;
      throw new JigsawError("bad-task", `token ${id} lies outside the vocabulary of ${VOCABULARY}`);
    })
    .join("");
}

/** Text as tokens (our ids); refuses what is no token of a puzzle. Undoes `puzzleText`. */
export function puzzleIds(text: string, texts: readonly string[] = TOKEN_TEXTS): number[] {
  const byText = new Map(texts.map((written, id) => [written, id]));
  const longest = Math.max(...texts.map((written) => written.length));
  const ids: number[] = [];
  for (let at = 0; at < text.length; ) {
    let length = Math.min(longest, text.length - at);
    while (length > 0 && !byText.has(text.slice(at, at + length))) length--;
    if (length === 0) {
      const found = JSON.stringify(text.slice(at, at + 12));
      throw new JigsawError("bad-task", `the text at character ${at}, ${found}, is no token of a puzzle`);
    }
    ids.push(byText.get(text.slice(at, at + length))!);
    at += length;
  }
  return ids;
}
