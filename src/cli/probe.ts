// Measures one device, in a process of its own (doctor.ts starts it), as a GPU provider may crash.

import type { Device, Engine } from "../engine/engine.ts";
import { newLedger } from "../engine/ledger.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { sumOfSquares } from "../graph/elementwise.ts";
import { gemm } from "../graph/linear.ts";
import { toOnnx } from "../graph/onnx.ts";
import { input } from "../graph/tensor.ts";
import { initialWeights } from "../model/initialize.ts";
import { openModel } from "../model/model.ts";
import { families, generatePuzzle, trainedFamilies } from "../puzzles/index.ts";
import { promptTokens } from "../sequence/tokens.ts";
import { newConfig, trainedConfig } from "../train/config.ts";
import { puzzleDataset } from "../train/dataset.ts";
import { batchSampler } from "../train/sampler.ts";
import { learningOf, trainSettings } from "../train/settings.ts";
import { openRunTrainer } from "../train/steps.ts";

/** The measurements; each is sent as soon as it is known. */
export interface Findings {
  /** The device runs a small graph. */
  works?: true;
  /** Why it does not. */
  problem?: string;
  /** Float32 matrix products, 10^9 operations a second. */
  gflops?: number;
  /** A forward pass over a prompt, by the shipped models' shape. */
  forward?: { tokens: number; milliseconds: number };
  /** A training step of the shipped models' recipe. */
  step?: { sequences: number; tokens: number; milliseconds: number };
}

/** The side of the square matrices whose product is timed. */
const SIDE = 1024;

/** Less than any GPU and most CPUs do: a software driver, on which the other measurements would take minutes. */
const SLOW = 5;

/** The best of a few runs after a first one, in milliseconds; of fewer where they take seconds. */
async function best(runs: number, work: () => Promise<unknown>): Promise<number> {
  await work();
  const started = performance.now();
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs && performance.now() - started < 3000; i++) {
    const began = performance.now();
    await work();
    least = Math.min(least, performance.now() - began);
  }
  return least;
}

async function matrixSpeed(engine: Engine): Promise<number> {
  const [a, b] = [input("a", [SIDE, SIDE]), input("b", [SIDE, SIDE])];
  const program = await engine.compile(toOnnx({ y: sumOfSquares(gemm(a, b)) }));
  const matrix = {
    dims: [SIDE, SIDE],
    data: Float32Array.from({ length: SIDE * SIDE }, (_, i) => (i % 7) - 3),
  };
  const milliseconds = await best(8, () => engine.run(program, { a: matrix, b: matrix }));
  await engine.release(program);
  return (2 * SIDE ** 3) / milliseconds / 1e6;
}

/** The settings of the shipped models' shape. */
const settings = trainSettings.parse({});
const learning = learningOf(settings);
const config = trainedConfig(newConfig(settings), learning);

async function forwardSpeed(engine: Engine): Promise<NonNullable<Findings["forward"]>> {
  const model = openModel(engine, config, initialWeights(config, 1));
  const tokens = promptTokens(generatePuzzle(families.flip, "medium", 1, 0));
  const pass = () => model.run({ tokens }, { logits: true, cache: false }, newLedger(), "prompt");
  const milliseconds = await best(4, pass);
  await model.close();
  return { tokens: tokens.length, milliseconds };
}

async function stepSpeed(engine: Engine): Promise<NonNullable<Findings["step"]>> {
  const { batchSize, learningRate, muonLearningRate } = settings;
  const dataset = puzzleDataset(trainedFamilies, ["easy"], 3, 1);
  const run = { ...settings, ...learning, engine, config, weights: initialWeights(config, 1), dataset };
  const examples = batchSampler(dataset, run)(0).map(({ example }) => example);
  const trainer = await openRunTrainer(run);
  const milliseconds = await best(3, () => trainer.step([examples], { learningRate, muonLearningRate }));
  const tokens = examples.reduce((sum, example) => sum + example.tokens.length, 0);
  return { sequences: batchSize, tokens, milliseconds };
}

const tell = (findings: Findings) => process.send!(findings);

try {
  const engine = await openNodeEngine({ device: process.argv[2] as Device });
  const gflops = await matrixSpeed(engine);
  tell({ works: true, gflops });
  if (engine.device !== "cpu" && gflops < SLOW) {
    tell({ problem: "too slow to go on: this looks like a software driver, good for tests only" });
  } else {
    tell({ forward: await forwardSpeed(engine) });
    tell({ step: await stepSpeed(engine) });
  }
} catch (error) {
  tell({ problem: (error as Error).message });
}
process.disconnect();
