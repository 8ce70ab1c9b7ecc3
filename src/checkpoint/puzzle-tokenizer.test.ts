import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomTask } from "../model/tiny.test-helper.ts";
import { answerTokens, promptTokens, TOKEN, VOCABULARY } from "../sequence/tokens.ts";
import { qwen3Tokenizer } from "./node/full-vocabulary.test-helper.ts";
import { findTokenizer, makeTokenizer, openTokenizer, writeTokenizer } from "./node/tokenizer.ts";
import { puzzleIds, puzzleText, TOKEN_TEXTS } from "./puzzle-text.ts";
import { extendTokenizer, prunedTokenizer, type TokenizerFiles } from "./puzzle-tokenizer.ts";
import { findVocabulary } from "./vocabulary.ts";

const qwen3 = qwen3Tokenizer();
const BASE = { baseVocab: 151936, table: qwen3, where: "Qwen3" };
const made = (files: TokenizerFiles) =>
  makeTokenizer(files["tokenizer.json"], files["tokenizer_config.json"]);

const puzzles = Array.from({ length: 5 }, (_, key) => {
  const task = randomTask(key, 3, 30);
  return [...promptTokens(task), ...answerTokens(task.train[0]!.output!, 8)].map(({ id }) => id);
});
/** Every token once; I and O apart, which side by side (as in no puzzle) are one word of Qwen3's. */
const all = Array.from({ length: VOCABULARY }, (_, id) => id);
const once = [...all.filter((id) => id !== TOKEN.output), TOKEN.output];

describe("a puzzle's text", () => {
  it("is as documented", () => {
    const text = "<|im_start|>I<|size_2|><|size_3|>012\n345\nO<|size_1|><|size_1|>0\n<|im_end|>";
    expect(puzzleIds(text)).toEqual([14, 11, 18, 19, 0, 1, 2, 10, 3, 4, 5, 10, 12, 17, 17, 0, 10, 15]);
    expect(puzzleText(puzzleIds(text))).toBe(text);
  });

  it("is read back, whatever the tokens", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(VOCABULARY - 1)), (ids) => {
        expect(puzzleIds(puzzleText(ids))).toEqual(ids);
      }),
    );
  });

  it("is refused where it is of no token", () => {
    expect(() => puzzleIds("01<|size_31|>")).toThrow('at character 2, "<|size_31|>"');
    expect(() => puzzleText([64])).toThrow("token 64");
  });
});

describe("a pruned model's tokenizer", () => {
  const files = prunedTokenizer({ texts: TOKEN_TEXTS });
  const tokenizer = made(files);

  it("has our ids, one to a text", () => {
    expect(TOKEN_TEXTS.map((text) => tokenizer.id(text))).toEqual(all);
    expect(tokenizer.end).toBe(VOCABULARY);
    expect(tokenizer.id(tokenizer.mask!)).toBe(TOKEN.mask);
  });

  it("reads and writes puzzles token by token", () => {
    for (const ids of [...puzzles, all]) {
      expect(tokenizer.encode(puzzleText(ids))).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(puzzleText(ids));
    }
  });

  it("says in every file which token is which", () => {
    expect(files["special_tokens_map.json"]).toEqual({
      bos_token: "<|im_start|>",
      eos_token: "<|im_end|>",
      pad_token: "<|endoftext|>",
      mask_token: "<|mask|>",
    });
    expect(files["added_tokens.json"]).toMatchObject({
      "<|mask|>": 16,
      "<|size_30|>": 46,
      "<|backspace|>": 47,
    });
  });
});

describe("a base's tokenizer with our tokens", () => {
  it.each([
    ["a plain Qwen3", undefined, "<|mask|>"],
    ["a checkpoint whose mask is <|fim_pad|>", 151662, "<|fim_pad|>"],
  ])("reads the same text as the base's ids of them: %s", (_, mask, text) => {
    const vocabulary = findVocabulary({ ...BASE, mask });
    const tokenizer = made(extendTokenizer(qwen3, vocabulary));
    const pruned = made(prunedTokenizer(vocabulary));
    for (const ids of [...puzzles, once]) {
      const written = puzzleText(ids, vocabulary.texts);
      expect(pruned.encode(written)).toEqual(ids);
      expect(tokenizer.encode(written)).toEqual(ids.map((id) => vocabulary.ids[id]));
      expect(tokenizer.decode(tokenizer.encode(written))).toBe(written);
    }
    expect(tokenizer.mask).toBe(text);
    expect(tokenizer.encode("Hello, world!")).toEqual(qwen3.encode("Hello, world!"));
    // Found again by its own tokenizer, the tokens take their own rows.
    const again = findVocabulary({ ...BASE, table: tokenizer });
    expect(again).toEqual({ ...vocabulary, from: vocabulary.from.map(() => []) });
  });

  it("is refused where an id or a text is taken", () => {
    const vocabulary = findVocabulary(BASE);
    const ids = vocabulary.ids.map((id, token) => (token === TOKEN.mask ? 151668 : id));
    expect(() => extendTokenizer(qwen3, { ...vocabulary, ids })).toThrow(
      "<|mask|> the id 151668: 151668 is </think>",
    );
    const texts = vocabulary.texts.map((text, token) => (token === TOKEN.mask ? "<think>" : text));
    expect(() => extendTokenizer(qwen3, { ...vocabulary, texts })).toThrow("it has 151667");
  });
});

describe("a tokenizer's folder", () => {
  it("is written and opened; one without files is none; a wrong one is refused by name", async () => {
    const folder = await mkdtemp(join(tmpdir(), "jigsaw-tokenizer-"));
    try {
      expect(await findTokenizer(folder)).toBeUndefined();
      await expect(openTokenizer(folder)).rejects.toMatchObject({ code: "not-found" });
      await writeTokenizer(folder, prunedTokenizer({ texts: TOKEN_TEXTS }));
      expect((await openTokenizer(folder)).encode("9\n")).toEqual([9, 10]);
      const path = join(folder, "tokenizer.json");
      for (const text of ["[]", "{}", "{", '{"model":{"type":"BPE","vocab":3}}']) {
        await writeFile(path, text);
        await expect(openTokenizer(folder)).rejects.toMatchObject({
          code: "bad-checkpoint",
          message: expect.stringContaining(path),
        });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
