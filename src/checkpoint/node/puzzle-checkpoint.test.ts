import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Qwen3Config } from "../../model/config.ts";
import { EMBEDDING } from "../../model/weights.ts";
import { TOKEN, VOCABULARY } from "../../sequence/tokens.ts";
import { writeVocabulary } from "../vocabulary-json.ts";
import { collectCheckpoint, openCheckpoint, readCheckpoint } from "./checkpoint.ts";
import { fullConfig, roundWeights, scattered, writeFull } from "./full-vocabulary.test-helper.ts";
import { prune } from "./prune.ts";
import { readPuzzleCheckpoint, vocabularyOf } from "./puzzle-checkpoint.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jigsaw-puzzle-checkpoint-"));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (config: Qwen3Config) => writeFull(folder, config, roundWeights(config, 1), { dtype: "BF16" });
const QWEN3 = fullConfig({ vocabSize: 151936, hiddenSize: 2 });
const diffusion = (maskToken: number) => ({
  objectives: ["masked-diffusion"],
  pattern: "full" as const,
  positions: "sequence" as const,
  maskToken,
  shift: false,
  blockSize: null,
});

describe("any checkpoint, for puzzles", () => {
  it("is read as it is where it has our tokens", async () => {
    await write(fullConfig({ vocabSize: VOCABULARY }));
    expect(await readPuzzleCheckpoint(folder)).toEqual(await readCheckpoint(folder));
  });

  it("is pruned where it has Qwen3's, without a word of diffusion for a plain one", async () => {
    await write(QWEN3);
    const { config, weights } = await readPuzzleCheckpoint(folder);
    expect(config).toEqual({ ...QWEN3, vocabSize: VOCABULARY });
    const full = roundWeights(QWEN3, 1)[EMBEDDING]!.data;
    expect([...weights[EMBEDDING]!.data.subarray(10 * 2, 14 * 2)]).toEqual(
      [198, 40, 46, 151643].flatMap((id) => [full[id * 2], full[id * 2 + 1]]),
    );
  });

  it("keeps the mask's row of a diffusion checkpoint", async () => {
    await write({ ...QWEN3, jigsaw: diffusion(151662) });
    const { config, weights } = await readPuzzleCheckpoint(folder);
    expect(config.jigsaw).toEqual(diffusion(TOKEN.mask));
    const full = roundWeights(QWEN3, 1)[EMBEDDING]!.data;
    expect([...weights[EMBEDDING]!.data.subarray(TOKEN.mask * 2, TOKEN.mask * 2 + 2)]).toEqual([
      full[151662 * 2],
      full[151662 * 2 + 1],
    ]);
  });

  it("is refused with a small vocabulary, unless a vocabulary.json maps our tokens", async () => {
    await write(fullConfig());
    await expect(readPuzzleCheckpoint(folder)).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringContaining("has 120 rows"),
      hint: expect.stringContaining("vocabulary.json"),
    });
    await writeFile(
      join(folder, "vocabulary.json"),
      JSON.stringify(writeVocabulary({ vocabulary: scattered() })),
    );
    await using open = await openCheckpoint(folder);
    expect(await vocabularyOf(folder, open.config)).toEqual(scattered());
    expect(await readPuzzleCheckpoint(folder)).toEqual(await collectCheckpoint(prune(open, scattered())));
  });
});
