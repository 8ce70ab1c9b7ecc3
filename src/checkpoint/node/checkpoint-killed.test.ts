/**
 * Writing a checkpoint is stopped before each of its file operations in turn, as if the process had been killed there:
 * what it leaves must read as the old checkpoint or the new one, and must not disturb the next writer.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { PLAIN_QWEN3, type Qwen3Config } from "../../model/config.ts";
import { type Weights, weightShapes } from "../../model/weights.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";

/** How many more operations may run, and what hears that they are used up. */
const gate = vi.hoisted(() => ({ left: Number.POSITIVE_INFINITY, stopped: () => {} }));

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const gated = (name: "open" | "rename" | "mkdir" | "rm" | "rmdir") => {
    const run = real[name] as (...args: unknown[]) => Promise<unknown>;
    return (...args: unknown[]) => {
      if (gate.left-- > 0) return run(...args);
      gate.stopped();
      return new Promise(() => {}); // a killed process takes no further step, not even to clear up
    };
  };
  return {
    ...real,
    open: gated("open"),
    rename: gated("rename"),
    mkdir: gated("mkdir"),
    rm: gated("rm"),
    rmdir: gated("rmdir"),
  };
});

const config = (hiddenSize: number): Qwen3Config => ({
  hiddenSize,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  headDim: 4,
  intermediateSize: 4,
  vocabSize: 8,
  ropeTheta: 10_000,
  rmsNormEps: 1e-6,
  tieWordEmbeddings: true,
  maxPositions: 16,
  initializerRange: 0.02,
  jigsaw: PLAIN_QWEN3,
});

const filled = (c: Qwen3Config, value: number): Weights =>
  Object.fromEntries(
    Object.entries(weightShapes(c)).map(([name, dims]) => {
      return [name, { dims, data: new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(value) }];
    }),
  );

/** Two checkpoints of different shapes: files of the one do not read beside files of the other. */
const OLD = { config: config(4), weights: filled(config(4), 1) };
const NEW = { config: config(6), weights: filled(config(6), 2) };

const write = (folder: string, { config, weights }: typeof OLD) => writeCheckpoint(folder, config, weights);

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "jigsaw-killed-"));
});
afterAll(() => rm(root, { recursive: true }));

/** Runs `work`, stopping it for good before its operation number `steps`; whether it got to its end. */
async function stoppedAfter(steps: number, work: () => Promise<void>): Promise<boolean> {
  gate.left = steps;
  const stopped = new Promise<boolean>((resolve) => {
    gate.stopped = () => resolve(false);
  });
  const finished = await Promise.race([work().then(() => true), stopped]);
  gate.left = Number.POSITIVE_INFINITY;
  return finished;
}

it("leaves the old checkpoint or the new one, wherever replacing it is cut off", async () => {
  const folder = join(root, "replaced");
  const seen: number[] = [];
  for (let steps = 0, finished = false; !finished; steps++) {
    await rm(folder, { recursive: true, force: true });
    await write(folder, OLD);
    await writeFile(join(folder, "README.md"), "a model card");
    finished = await stoppedAfter(steps, () => write(folder, NEW));
    const found = await readCheckpoint(folder);
    expect([OLD, NEW]).toContainEqual(found);
    seen.push(found.config.hiddenSize);
    // The next writer finishes what was begun, and is cut off as well, at every place in its turn.
    for (let more = 0, done = false; !done; more += 4) {
      done = await stoppedAfter(more, () => write(folder, OLD));
      expect([found, OLD]).toContainEqual(await readCheckpoint(folder));
    }
    expect(await readCheckpoint(folder)).toEqual(OLD);
    expect((await readdir(folder)).sort()).toEqual([
      "README.md",
      "config.json",
      "generation_config.json",
      "model.safetensors",
    ]);
    expect(await readFile(join(folder, "README.md"), "utf8")).toBe("a model card");
  }
  expect(seen).toEqual([...seen].sort()); // once new, always new
  expect(new Set(seen)).toEqual(new Set([4, 6]));
});

it("leaves a whole new folder or none", async () => {
  const folder = join(root, "fresh");
  for (let steps = 0, finished = false; !finished; steps++) {
    finished = await stoppedAfter(steps, () => write(folder, NEW));
    if ((await readdir(root)).includes("fresh")) expect(await readCheckpoint(folder)).toEqual(NEW);
    else expect(finished).toBe(false);
    await write(folder, OLD);
    expect(await readCheckpoint(folder)).toEqual(OLD);
    await rm(folder, { recursive: true });
    expect((await readdir(root)).filter((name) => name.includes("fresh"))).toEqual([]);
  }
});
