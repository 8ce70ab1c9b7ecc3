import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Qwen3Config } from "../../model/config.ts";
import { type Checkpoint, collect } from "../../model/state-dict.ts";
import { EMBEDDING, FINAL_NORM, HEAD, type Weights } from "../../model/weights.ts";
import { sizeToken, TOKEN, VOCABULARY } from "../../sequence/tokens.ts";
import { FLOAT_DTYPES } from "../dtype.ts";
import type { Vocabulary } from "../vocabulary.ts";
import {
  collectCheckpoint,
  type OpenCheckpoint,
  openCheckpoint,
  readCheckpoint,
  type Warn,
  writeCheckpoint,
} from "./checkpoint.ts";
import { FULL, fullConfig, roundWeights, scattered, writeFull } from "./full-vocabulary.test-helper.ts";
import { prune, pruningBase, unprune } from "./prune.ts";

let root: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "jigsaw-prune-"));
});
afterAll(() => rm(root, { recursive: true }));

type Layout = Parameters<typeof writeFull>[3];

/** Writes a model and opens it for the time of `work`. */
async function withBase<T>(
  config: Qwen3Config,
  layout: Layout,
  work: (base: OpenCheckpoint, folder: string) => Promise<T>,
  seed = 1,
): Promise<T> {
  const folder = join(root, `${count++}`);
  await writeFull(folder, config, roundWeights(config, seed), layout);
  await using base = await openCheckpoint(folder);
  return await work(base, folder);
}

const pruneAll = (base: OpenCheckpoint, vocabulary: Vocabulary, warn?: Warn) =>
  collectCheckpoint(prune(base, vocabulary), warn);

async function unpruneAll(...args: Parameters<typeof unprune>): Promise<Checkpoint> {
  const { config, weights } = await unprune(...args);
  return { config, weights: await collect(weights) };
}

const row = (weights: Weights, name: string, id: number) => {
  const { dims, data } = weights[name]!;
  return data.subarray(id * dims[1]!, (id + 1) * dims[1]!);
};

/** The same model with row `token` of a table filled with `value`. */
function trained({ config, weights }: Checkpoint, name: string, token: number, value: number): Checkpoint {
  const data = weights[name]!.data.slice();
  data.fill(value, token * config.hiddenSize, (token + 1) * config.hiddenSize);
  return { config, weights: { ...weights, [name]: { ...weights[name]!, data } } };
}

describe("pruning", () => {
  it("takes the rows of known tokens and the means of new ones, of the head too", async () => {
    const config = fullConfig({ tieWordEmbeddings: false });
    const { ids, from } = scattered();
    const { weights, ...pruned } = await withBase(config, {}, (base) => pruneAll(base, scattered()));
    expect(pruned.config).toEqual({ ...config, vocabSize: VOCABULARY });
    const full = roundWeights(config, 1);
    for (const name of [EMBEDDING, HEAD]) {
      expect(weights[name]!.dims).toEqual([VOCABULARY, 8]);
      for (const token of [0, TOKEN.rowEnd, TOKEN.mask])
        expect(row(weights, name, token)).toEqual(row(full, name, ids[token]!));
      const token = sizeToken(12);
      const mean = from[token]!.map((id) => row(full, name, id)).reduce((a, b) =>
        a.map((x, i) => (x + b[i]!) / 2),
      );
      expect(row(weights, name, token)).toEqual(mean);
    }
    expect(weights[FINAL_NORM]).toEqual(full[FINAL_NORM]);
  });

  it("makes the mask of a diffusion checkpoint ours, and back", async () => {
    const jigsaw = {
      objectives: ["masked-diffusion"],
      pattern: "full",
      positions: "sequence",
      maskToken: scattered().ids[TOKEN.mask]!,
      shift: false,
      blockSize: null,
    } as const;
    const config = fullConfig({ jigsaw });
    await withBase(config, {}, async (base) => {
      const pruned = await pruneAll(base, scattered());
      expect(pruned.config.jigsaw).toEqual({ ...jigsaw, maskToken: TOKEN.mask });
      expect((await unpruneAll(pruned, scattered(), base)).config).toEqual(base.config);
    });
  });

  it("tells of a stored head that differs from the embedding it is tied to", async () => {
    const config = fullConfig();
    const folder = join(root, `${count++}`);
    const untied = roundWeights({ ...config, tieWordEmbeddings: false }, 1);
    await writeFull(folder, config, untied);
    await using base = await openCheckpoint(folder);
    const heard: string[] = [];
    await pruneAll(base, scattered(), (message) => heard.push(message));
    expect(heard).toEqual([expect.stringContaining("lm_head.weight differs")]);
  });
});

describe("unpruning", () => {
  it("gives the base bit for bit where nothing was trained, saved in between or not", async () => {
    const layouts = fc.record({
      dtype: fc.constantFrom(...FLOAT_DTYPES),
      sharded: fc.boolean(),
      tieWordEmbeddings: fc.boolean(),
      saved: fc.boolean(),
      baseVocab: fc.constantFrom(FULL, 80),
      seed: fc.nat(1000),
    });
    await fc.assert(
      fc.asyncProperty(layouts, async ({ dtype, sharded, tieWordEmbeddings, saved, baseVocab, seed }) => {
        const config = fullConfig({ tieWordEmbeddings, vocabSize: baseVocab });
        const vocabulary = scattered(baseVocab);
        await withBase(
          config,
          { dtype, sharded },
          async (base, folder) => {
            let pruned = await pruneAll(base, vocabulary);
            const between = join(folder, "pruned");
            if (saved) {
              await writeCheckpoint(between, pruned.config, pruned.weights, { dtype });
              pruned = await readCheckpoint(between);
            }
            const back = await unpruneAll(pruned, vocabulary, base);
            await writeCheckpoint(join(folder, "back"), back.config, back.weights, { dtype });
            await writeFull(join(folder, "whole"), config, roundWeights(config, seed), { dtype });
            const bytes = (name: string) => readFile(join(folder, name, "model.safetensors"));
            expect((await bytes("back")).equals(await bytes("whole"))).toBe(true);
            expect(back.config).toEqual(config);
          },
          seed,
        );
      }),
      { numRuns: 25 },
    );
  });

  it("puts a trained row at its id, and leaves what no token of ours is", async () => {
    const config = fullConfig({ tieWordEmbeddings: false });
    const vocabulary = scattered();
    await withBase(config, { dtype: "BF16" }, async (base) => {
      const pruned = await pruneAll(base, vocabulary);
      const back = await unpruneAll(trained(pruned, HEAD, 7, 0.5), vocabulary, base);
      const full = roundWeights(config, 1);
      expect([...row(back.weights, HEAD, vocabulary.ids[7]!)]).toEqual(Array(8).fill(0.5));
      for (let id = 0; id < FULL; id++) {
        const token = vocabulary.ids.indexOf(id);
        if (token < 0 || (token <= TOKEN.mask && token !== 7)) {
          expect(row(back.weights, HEAD, id)).toEqual(row(full, HEAD, id));
          expect(row(back.weights, EMBEDDING, id)).toEqual(row(full, EMBEDDING, id));
        }
      }
    });
  });

  it("writes the rows of new tokens where only the layers were trained", async () => {
    const vocabulary = scattered();
    await withBase(fullConfig(), {}, async (base) => {
      const { config, weights } = await pruneAll(base, vocabulary);
      const norm = { ...weights[FINAL_NORM]!, data: weights[FINAL_NORM]!.data.map((x) => x + 1) };
      const back = await unpruneAll(
        { config, weights: { ...weights, [FINAL_NORM]: norm } },
        vocabulary,
        base,
      );
      for (const [token, id] of vocabulary.ids.entries())
        expect(row(back.weights, EMBEDDING, id)).toEqual(row(weights, EMBEDDING, token));
      expect(back.weights[FINAL_NORM]).toEqual(norm);
    });
  });

  it("grows a matrix that has no rows for new tokens", async () => {
    const vocabulary = scattered(80);
    await withBase(fullConfig({ vocabSize: 80 }), {}, async (base) => {
      const pruned = trained(await pruneAll(base, vocabulary), EMBEDDING, TOKEN.backspace, 2);
      const back = await unpruneAll(pruned, vocabulary, base);
      expect(back.config.vocabSize).toBe(117);
      expect(back.weights[EMBEDDING]!.dims).toEqual([117, 8]);
      expect([...row(back.weights, EMBEDDING, vocabulary.ids[TOKEN.backspace]!)]).toEqual(Array(8).fill(2));
      expect(row(back.weights, EMBEDDING, 69)).toEqual(row(roundWeights(base.config, 1), EMBEDDING, 69));
    });
  });

  it("refuses a base of other rows, shapes, size or head", async () => {
    const vocabulary = scattered();
    const [pruned, saved] = await withBase(fullConfig(), {}, async (base) => [
      await pruneAll(base, vocabulary),
      await pruningBase(base, vocabulary, "Qwen/Qwen3-Tiny"),
    ]);
    const attempt = (config: Qwen3Config, seed = 1, layout: Layout = {}) =>
      withBase(config, layout, (base) => unpruneAll(pruned, vocabulary, base, saved), seed);
    await expect(attempt(fullConfig(), 2)).rejects.toThrow("its embedding is not that of Qwen/Qwen3-Tiny");
    await expect(attempt(fullConfig({ vocabSize: 119 }))).rejects.toThrow(
      "has 119 rows, the map of our tokens is for 120",
    );
    await expect(attempt(fullConfig({ hiddenSize: 16 }))).rejects.toThrow(
      "embed_tokens.weight is [64,8], pruned from it [64,16]",
    );
    await expect(attempt(fullConfig({ tieWordEmbeddings: false }))).rejects.toThrow("is not the model");
    await expect(attempt(fullConfig({ layers: 1 }))).rejects.toThrow("is not the model");
    expect((await attempt(fullConfig(), 1, { dtype: "BF16" })).config).toEqual(fullConfig());
  });
});
