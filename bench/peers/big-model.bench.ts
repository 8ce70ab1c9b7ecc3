// Qwen3-0.6B's shape against PyTorch and transformers: the same random checkpoint, float32, in turn, in one run; time
// and peak memory, each side and kind of work in a process of its own.
//
//   PYTHON=python3 npx tsx bench/peers/big-model.bench.ts [--repeats 5] [--kinds forward,answer,prefill,greedy,lora,lora-checkpointing] [--compile]
//     [--layers 28] [--int8] [--folder DIR]
//
// Takes 4.2 GB of disk (in --folder, where it stays, or in a temporary folder) and 10 GB of memory. --int8 adds runs of
// Jigsaw with int8 weights. PYTHON is one with the packages of tools/fixtures/requirements.txt. Needs a quiet machine.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeCheckpoint } from "../../src/checkpoint/node/checkpoint.ts";
import { openPython, openScript, pause, type Side } from "../peer-process.ts";
import { median, table } from "../statistics.ts";
import { isPruned, KINDS, type Kind, qwen3Shape, randomWeights } from "./big-model-case.ts";

const { values } = parseArgs({
  options: {
    repeats: { type: "string", default: "5" },
    kinds: { type: "string", default: Object.keys(KINDS).join(",") },
    threads: { type: "string", default: String(availableParallelism()) },
    layers: { type: "string", default: "28" },
    folder: { type: "string" },
    compile: { type: "boolean", default: false },
    int8: { type: "boolean", default: false },
  },
});
const REPEATS = Number(values.repeats);
/** The largest difference of logits, against the largest logit. */
const TOLERANCE = 1e-4;

interface Answer {
  readonly ms: number;
  readonly peak: number;
}

const openOurs = (folder: string, kind: Kind, precision: string) =>
  openScript(new URL("big-model-ours.ts", import.meta.url), [folder, kind, values.threads, precision]);
const openTheirs = (folder: string, kind: Kind) =>
  openPython(new URL("big_model_peer.py", import.meta.url), [
    folder,
    kind,
    values.threads,
    values.compile ? "1" : "0",
  ]);

async function floatsOf(path: string): Promise<Float32Array> {
  const { buffer, byteOffset, byteLength } = await readFile(path);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
}

/** Tells how far what both sides found is apart, and refuses what is too far. */
async function compareFound(folder: string, kind: Kind): Promise<void> {
  const [ours, theirs] = await Promise.all(
    ["ours.bin", "theirs.bin"].map((name) => floatsOf(join(folder, name))),
  );
  if (ours!.length !== theirs!.length)
    throw new Error(`${kind}: ${ours!.length} values against ${theirs!.length}`);
  if (ours!.length === 0) return;
  if (kind === "greedy") {
    const same = ours!.findIndex((token, i) => token !== theirs![i]);
    console.error(`  greedy: ${same < 0 ? "the same tokens" : `tokens differ from number ${same + 1} on`}`);
    if (same >= 0) throw new Error("the sides wrote different tokens");
    return;
  }
  let [gap, top] = [0, 0];
  for (const [i, value] of theirs!.entries()) {
    gap = Math.max(gap, Math.abs(value - ours![i]!));
    top = Math.max(top, Math.abs(value));
  }
  console.error(`  ${kind}: logits differ by ${(gap / top).toExponential(1)} of the largest`);
  if (!(gap / top <= TOLERANCE)) throw new Error(`${kind}: logits differ`);
}

const show = (times: readonly number[]) =>
  `${median(times).toFixed(0)} ms (${Math.min(...times).toFixed(0)}-${Math.max(...times).toFixed(0)})`;
const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

async function compare(folder: string, kind: Kind): Promise<string[][]> {
  const precisions = values.int8 && !isPruned(kind) ? ["float32", "int8"] : ["float32"];
  const sides: Side[] = [];
  const ways: string[] = [];
  // One after another: each is alone while it warms up, or picks its fastest way.
  for (const open of [
    () => openTheirs(folder, kind),
    ...precisions.map((precision) => () => openOurs(folder, kind, precision)),
  ]) {
    const side = open();
    ways.push(((await side.answer()) as { way: string }).way);
    sides.push(side);
  }
  const answers: Answer[][] = sides.map(() => []);
  for (let i = 0; i <= REPEATS; i++) {
    for (const [s, side] of sides.entries()) {
      await pause();
      // The first turn warms up, and shows that both compute the same.
      const answer = (await side.ask(i === 0 && s < 2 ? "save" : "run")) as Answer;
      if (i > 0) answers[s]!.push(answer);
    }
    if (i === 0 && sides.length > 1) await compareFound(folder, kind);
  }
  for (const side of sides) await side.close();
  const times = answers.map((list) => list.map(({ ms }) => ms));
  return ways.map((way, s) => [
    KINDS[kind],
    way,
    show(times[s]!),
    s === 0 ? "1" : `${(median(times[0]!) / median(times[s]!)).toFixed(2)}x`,
    gigabytes(answers[s]!.at(-1)!.peak),
  ]);
}

/** The folder of the model that a kind of work is on, made where it is not there yet. */
async function modelFor(parent: string, kind: Kind): Promise<string> {
  const pruned = isPruned(kind);
  const folder = join(parent, pruned ? "pruned" : "full");
  if (existsSync(join(folder, "config.json"))) return folder;
  const config = qwen3Shape(Number(values.layers), pruned ? 64 : undefined);
  console.error(`  writing random weights to ${folder}`);
  await mkdir(folder, { recursive: true });
  await writeCheckpoint(folder, config, randomWeights(config));
  return folder;
}

const folder = values.folder ?? (await mkdtemp(join(tmpdir(), "jigsaw-big-")));
try {
  const rows: string[][] = [];
  for (const kind of values.kinds.split(",")) {
    if (!Object.hasOwn(KINDS, kind))
      throw new Error(`unknown kind "${kind}"; known: ${Object.keys(KINDS).join(", ")}`);
    rows.push(...(await compare(await modelFor(folder, kind as Kind), kind as Kind)));
  }
  console.log(`Medians of ${REPEATS}, ${values.threads} threads each; above 1x where Jigsaw is faster.\n`);
  console.log(table(["work", "by", "time", "speed", "peak memory"], rows));
} finally {
  if (!values.folder) await rm(folder, { recursive: true });
}
