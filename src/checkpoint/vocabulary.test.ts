import { describe, expect, it } from "vitest";
import { sizeToken, TOKEN, VOCABULARY } from "../sequence/tokens.ts";
import { qwen3Tokenizer, scattered } from "./node/full-vocabulary.test-helper.ts";
import { TOKEN_TEXTS } from "./puzzle-text.ts";
import { findVocabulary, neededRows, QWEN3_TABLE, storedVocabulary, type TokenTable } from "./vocabulary.ts";
import { parseVocabulary, writeVocabulary } from "./vocabulary-json.ts";

const QWEN3 = 151936;
const where = "model";
const known = [15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 198, 40, 46, 151643, 151644, 151645];

describe("the vocabulary found in a base", () => {
  it("is the same by Qwen3's constants as by its tokenizer", () => {
    const found = findVocabulary({ baseVocab: QWEN3, table: qwen3Tokenizer(), where });
    expect(found.ids.slice(0, TOKEN.mask)).toEqual(known);
    expect(found).toEqual(findVocabulary({ baseVocab: QWEN3, where }));
  });

  it("gives what is new the free rows from 151669 on, the mask first", () => {
    const { ids, from } = findVocabulary({ baseVocab: QWEN3, where });
    expect(ids.slice(TOKEN.mask)).toEqual(Array.from({ length: 48 }, (_, i) => 151669 + i));
    expect(from[sizeToken(7)]).toEqual([22]);
    expect(from[sizeToken(30)]).toEqual([18, 15]);
    expect(from[TOKEN.mask]).toEqual(known);
    expect(from[TOKEN.backspace]).toEqual(known);
    expect(from.slice(0, TOKEN.mask).flat()).toEqual([]);
  });

  it("takes the mask's own row where the checkpoint was trained with it", () => {
    const dllm = findVocabulary({ baseVocab: QWEN3, mask: 151669, where });
    expect([dllm.ids[TOKEN.mask], dllm.from[TOKEN.mask]]).toEqual([151669, []]);
    expect(dllm.ids[sizeToken(1)]).toBe(151670);
    expect(dllm.from[TOKEN.backspace]).toEqual([...known, 151669]);

    const nvidia = findVocabulary({ baseVocab: QWEN3, table: qwen3Tokenizer(), mask: 151662, where });
    expect([nvidia.ids[TOKEN.mask], nvidia.texts[TOKEN.mask]]).toEqual([151662, "<|fim_pad|>"]);
    expect(nvidia.ids[sizeToken(1)]).toBe(151669);
  });

  it("lies beyond the matrix where that has no free rows", () => {
    const { ids, from } = findVocabulary({ baseVocab: 151671, mask: 151670, where });
    expect(ids.slice(TOKEN.mask)).toEqual(Array.from({ length: 48 }, (_, i) => 151670 + i));
    expect(neededRows({ baseVocab: 151671, ids, texts: TOKEN_TEXTS, from }).at(-1)).toBe(151670);
  });

  it("takes rows that a tokenizer with our tokens names, if the matrix has them", () => {
    const ours: TokenTable = {
      id: (text) =>
        QWEN3_TABLE.id(text) ?? (text.startsWith("<|size_") ? 151700 + Number(text.slice(7, -2)) : undefined),
      added: () => undefined,
      end: 151731,
    };
    const full = findVocabulary({ baseVocab: QWEN3, table: ours, where });
    expect([full.ids[sizeToken(4)], full.from[sizeToken(4)]]).toEqual([151704, []]);
    expect(full.ids[TOKEN.mask]).toBe(151731);
    const short = findVocabulary({ baseVocab: 151700, table: ours, where });
    expect([short.ids[sizeToken(4)], short.from[sizeToken(4)]]).toEqual([151704, [19]]);
  });

  it("is refused where the base lacks a token or its row, or the mask is another token", () => {
    expect(() => findVocabulary({ baseVocab: 512, where: "tiny" })).toThrow(
      'tiny: its vocabulary has 512 rows, but "<|endoftext|>" is token 151643',
    );
    const table = { ...QWEN3_TABLE, id: (text: string) => (text === "I" ? undefined : QWEN3_TABLE.id(text)) };
    expect(() => findVocabulary({ baseVocab: QWEN3, table, where })).toThrow('no token for "I"');
    expect(() => findVocabulary({ baseVocab: QWEN3, mask: QWEN3, where })).toThrow(
      "mask token 151936 lies outside",
    );
    expect(() => findVocabulary({ baseVocab: QWEN3, mask: 151643, where })).toThrow(
      "has the id 151643 of token 13",
    );
  });
});

describe("vocabulary.json", () => {
  const base = { model: "Qwen/Qwen3-0.6B", hiddenSize: 1024, sha256: "0f".repeat(32) };

  it("reads back what it wrote, with the base and without", () => {
    for (const vocabulary of [
      findVocabulary({ baseVocab: QWEN3, where }),
      scattered(),
      storedVocabulary(scattered(80)),
    ]) {
      for (const saved of [{ vocabulary, base }, { vocabulary }]) {
        expect(parseVocabulary(JSON.parse(JSON.stringify(writeVocabulary(saved))))).toEqual(saved);
      }
    }
  });

  it.each<
    [string, (json: ReturnType<typeof writeVocabulary>, tokens: Record<string, unknown>[]) => void, RegExp]
  >([
    ["another version", (json) => Object.assign(json, { version: 2 }), /v\.json: version/],
    ["a token missing", (_, tokens) => tokens.pop(), /v\.json: tokens/],
    ["an id twice", (_, tokens) => Object.assign(tokens[4]!, { id: tokens[2]!.id }), /token 4 .* of token 2/],
    ["a text twice", (_, tokens) => Object.assign(tokens[4]!, { text: "2" }), /token 4 .* written "2"/],
    [
      "a row that is not there",
      (_, tokens) => Object.assign(tokens[4]!, { id: 500 }),
      /token 4 .* has no row: id 500/,
    ],
    [
      "a start that is not there",
      (_, tokens) => Object.assign(tokens[40]!, { from: [120] }),
      /token 40 .* row 120 of 120/,
    ],
    ["no text of a hash", (json) => Object.assign(json, { base: { ...base, sha256: "x" } }), /v\.json: base/],
    ["a negative id", (_, tokens) => Object.assign(tokens[4]!, { id: -1 }), /v\.json: tokens\.4\.id/],
  ])("is refused with %s", (_, change, message) => {
    const json = JSON.parse(JSON.stringify(writeVocabulary({ vocabulary: scattered() })));
    change(json, json.tokens);
    expect(() => parseVocabulary(json, "v.json")).toThrow(message);
  });

  it("is for 64 tokens, each written in its own way", () => {
    expect(new Set(TOKEN_TEXTS).size).toBe(VOCABULARY);
  });
});
