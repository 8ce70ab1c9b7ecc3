// A model is opened once: each of its files is opened, and each oddity told, one time.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  fullConfig,
  roundWeights,
  scattered,
  writeFull,
} from "./checkpoint/node/full-vocabulary.test-helper.ts";
import { writeVocabulary } from "./checkpoint/vocabulary-json.ts";
import type { Engine } from "./engine/engine.ts";
import { openNodeEngine } from "./engine/node/sessions.ts";
import { loadModel } from "./load.ts";
import { VOCABULARY } from "./sequence/tokens.ts";

/** The names of files that were opened for reading. */
const opened = vi.hoisted((): string[] => []);

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const noted = (name: "open" | "readFile") => {
    const run = real[name] as (path: string, ...rest: unknown[]) => Promise<unknown>;
    return async (path: string, ...rest: unknown[]) => {
      const result = await run(path, ...rest);
      if (rest[0] !== "w" && rest[0] !== "wx") opened.push(basename(path));
      return result;
    };
  };
  return { ...real, open: noted("open"), readFile: noted("readFile") };
});

let engine: Engine;
let root: string;
let count = 0;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
  root = await mkdtemp(join(tmpdir(), "jigsaw-load-"));
});
afterAll(async () => {
  await engine.close();
  await rm(root, { recursive: true });
});
beforeEach(() => {
  opened.length = 0;
});

/** Writes a model of so many tokens, with a head beside the embedding that it is tied to, and loads it. */
async function load(vocabSize: number, sharded: boolean) {
  const folder = join(root, `${count++}`);
  const config = fullConfig({ vocabSize });
  await writeFull(folder, config, roundWeights({ ...config, tieWordEmbeddings: false }, 1), { sharded });
  const vocabulary = scattered(vocabSize);
  if (vocabSize !== VOCABULARY)
    await writeFile(join(folder, "vocabulary.json"), JSON.stringify(writeVocabulary({ vocabulary })));
  opened.length = 0;
  const warnings: string[] = [];
  const loaded = await loadModel(folder, { engine, warn: (message) => warnings.push(message) });
  return { loaded, warnings, files: opened.toSorted() };
}

describe("loading a model", () => {
  it("opens each file once and warns once, where it has our vocabulary", async () => {
    const { loaded, warnings, files } = await load(VOCABULARY, false);
    expect(files).toEqual(["config.json", "model.safetensors"]);
    expect(warnings).toEqual([expect.stringContaining("lm_head.weight differs")]);
    await loaded.weights();
    expect(warnings).toHaveLength(1);
  });

  it("opens each file once and warns once, where it is pruned", async () => {
    const { loaded, warnings, files } = await load(120, true);
    const shards = ["a.safetensors", "b.safetensors"];
    expect(files).toEqual([...shards, "config.json", "model.safetensors.index.json", "vocabulary.json"]);
    expect(warnings).toEqual([expect.stringContaining("lm_head.weight differs")]);
    await loaded.weights();
    expect(warnings).toHaveLength(1);
  });
});
