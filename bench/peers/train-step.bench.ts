// A forward pass and a training step against PyTorch: the same weights and batch, in turn, in one run.
//
//   PYTHON=python3 npx tsx bench/peers/train-step.bench.ts [--repeats 9] [--shapes shipped,larger] [--micro 4] [--no-compile]
//
// Jigsaw computes as many sequences at once as --micro says; PyTorch takes the fastest of its ways. PYTHON is one with the packages of tools/fixtures/requirements.txt. Needs a quiet machine.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openSafetensors, writeSafetensors } from "../../src/checkpoint/node/safetensors-file.ts";
import type { HostTensor } from "../../src/engine/engine.ts";
import { openNodeEngine } from "../../src/engine/node/sessions.ts";
import { toOnnx } from "../../src/graph/onnx.ts";
import { initialWeights } from "../../src/model/initialize.ts";
import { frequencies } from "../../src/model/rope.ts";
import { packBatch, totalWeight } from "../../src/train/batch.ts";
import { wholeModelGradients } from "../../src/train/gradients.ts";
import { gradientGraph } from "../../src/train/graphs.ts";
import { openTrainer } from "../../src/train/trainer.ts";
import { openPython, pause } from "../peer-process.ts";
import { median, table } from "../statistics.ts";
import { configOf, exampleBatch, OPTIONS, PATTERN, RATES, SHAPES, type Shape } from "./train-step-case.ts";

const { values } = parseArgs({
  options: {
    repeats: { type: "string", default: "9" },
    shapes: { type: "string", default: Object.keys(SHAPES).join(",") },
    threads: { type: "string", default: String(availableParallelism()) },
    micro: { type: "string", default: "4" },
    compile: { type: "boolean", default: true },
  },
  allowNegative: true,
});
const REPEATS = Number(values.repeats);
const THREADS = Number(values.threads);
const MICRO = Number(values.micro);
const WARM_UP = 2;
const KINDS = ["forward", "adamw", "muon"] as const;
type Kind = (typeof KINDS)[number];
const TITLES: Record<Kind, string> = { forward: "forward pass", adamw: "step, AdamW", muon: "step, Muon" };

async function compare(name: string, shape: Shape, folder: string): Promise<string[][]> {
  const config = configOf(shape);
  const weights = initialWeights(config, 1);
  const examples = exampleBatch(shape);
  const batch = packBatch(examples, config, PATTERN, totalWeight(examples)) as Record<string, HostTensor>;

  const rows = frequencies(config);
  const stored: Record<string, { dims: readonly number[]; data: Float32Array }> = {
    "input/frequencies": { dims: [rows.length, rows[0]!.length], data: Float32Array.from(rows.flat()) },
  };
  for (const [key, { dims, data }] of Object.entries(batch)) {
    stored[`input/${key}`] = { dims, data: Float32Array.from(data as Float32Array, Number) };
  }
  for (const [key, weight] of Object.entries(weights)) stored[`weight/${key}`] = weight;
  await writeSafetensors(join(folder, "case.safetensors"), stored);
  const { eps: optimizerEps, ...settings } = OPTIONS.settings;
  const facts = { ...shape, ...settings, ...RATES, optimizerEps, maxGradNorm: OPTIONS.maxGradNorm };
  await writeFile(join(folder, "case.json"), JSON.stringify({ ...facts, eps: config.rmsNormEps }));

  const compile = values.compile ? "1" : "0";
  const peer = openPython(new URL("torch_peer.py", import.meta.url), [folder, String(THREADS), compile]);
  const { torch, ways } = (await peer.answer()) as { torch: string; ways: Record<Kind, string> };
  console.error(`  PyTorch ${torch}: forward ${ways.forward}; step ${ways.adamw}`);

  const engine = await openNodeEngine({ threads: THREADS });
  const options = { ...OPTIONS, config, pattern: PATTERN };
  const whole = await wholeModelGradients(engine, config, MICRO);
  const micro = Array.from({ length: shape.batch / MICRO }, (_, i) =>
    examples.slice(i * MICRO, (i + 1) * MICRO),
  );
  const trainers = {
    adamw: await openTrainer(engine, whole, { ...options, optimizer: "adamw" }, weights, undefined, 0),
    muon: await openTrainer(engine, whole, { ...options, optimizer: "muon" }, weights, undefined, 0),
  };
  const { loss } = gradientGraph(config, MICRO, false);
  const forward = await engine.compile(toOnnx({ loss: loss! }, dataOf(weights)));
  const work: Record<Kind, () => Promise<number>> = {
    forward: async () => {
      let sum = 0;
      for (const part of micro) {
        const feeds = packBatch(part, config, PATTERN, totalWeight(examples));
        sum += (await engine.run(forward, feeds)).values.loss!.data[0] as number;
      }
      return sum;
    },
    adamw: async () => (await trainers.adamw.step(micro, RATES)).loss,
    muon: async () => (await trainers.muon.step(micro, RATES)).loss,
  };

  const times = { ours: new Map<Kind, number[]>(), theirs: new Map<Kind, number[]>() };
  for (const kind of KINDS) {
    for (let i = 0; i < WARM_UP + REPEATS; i++) {
      await pause();
      const began = performance.now();
      const ourLoss = await work[kind]();
      const ms = performance.now() - began;
      await pause();
      const theirs = (await peer.ask(kind)) as { ms: number; loss: number };
      if (i === 0) {
        expectNear(`${name}, ${TITLES[kind]}: loss`, ourLoss, theirs.loss, 1e-4);
        if (kind !== "forward") {
          await peer.ask(`save ${kind}`);
          await compareWeights(name, kind, (await trainers[kind].snapshot()).weights, folder);
        }
      }
      if (i < WARM_UP) continue;
      times.ours.set(kind, [...(times.ours.get(kind) ?? []), ms]);
      times.theirs.set(kind, [...(times.theirs.get(kind) ?? []), theirs.ms]);
    }
  }
  await peer.close();
  await engine.close();
  return KINDS.map((kind) => {
    const [ours, theirs] = [times.ours.get(kind)!, times.theirs.get(kind)!];
    const ratio = (median(theirs) / median(ours)).toFixed(2);
    return [name, TITLES[kind], show(ours), show(theirs), `${ratio}x`, ways[kind]];
  });
}

const dataOf = (weights: Readonly<Record<string, { data: Float32Array }>>): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(weights).map(([key, { data }]) => [key, data]));

const show = (times: readonly number[]) =>
  `${median(times).toFixed(0)} ms (${Math.min(...times).toFixed(0)}-${Math.max(...times).toFixed(0)})`;

function expectNear(what: string, ours: number, theirs: number, tolerance: number): void {
  const gap = Math.abs(ours / theirs - 1);
  console.error(`  ${what}: ${ours} against ${theirs}`);
  if (!(gap <= tolerance)) throw new Error(`${what} differs by ${gap}`);
}

/** Compares how weights moved in one step. */
async function compareWeights(
  name: string,
  kind: Kind,
  ours: ReturnType<typeof initialWeights>,
  folder: string,
): Promise<void> {
  await using file = await openSafetensors(join(folder, `${kind}.safetensors`));
  let worst = 0;
  for (const [key, { data }] of Object.entries(ours)) {
    const theirs = await file.tensors[key]!.read();
    const largest = theirs.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
    for (const [i, value] of theirs.entries()) {
      const gap = Math.abs(value - data[i]!) / largest;
      if (!(gap <= worst)) worst = gap;
    }
  }
  console.error(
    `  ${name}, ${TITLES[kind]}: weights after a step differ by ${worst.toExponential(1)} of the largest`,
  );
  // Adam's first step is the gradient's sign: where that is close to 0, the smallest difference shows.
  if (!(worst <= 1e-2)) throw new Error("the weights after a step differ");
}

const results: string[][] = [];
for (const name of values.shapes.split(",")) {
  const shape = SHAPES[name as keyof typeof SHAPES];
  if (!shape) throw new Error(`unknown shape "${name}"; known: ${Object.keys(SHAPES).join(", ")}`);
  const folder = await mkdtemp(join(tmpdir(), "jigsaw-bench-"));
  try {
    results.push(...(await compare(name, shape, folder)));
  } finally {
    await rm(folder, { recursive: true });
  }
}
console.log(`Medians of ${REPEATS}, ${THREADS} threads each; ratio above 1 where Jigsaw is faster.\n`);
console.log(table(["shape", "work", "Jigsaw", "PyTorch", "ratio", "PyTorch's way"], results));
