// How often prompts are encoded in whole solves, and what that takes: commit 35200bb against this one, in turns (A B A B),
// each side of each case in a process of its own.
//
//   git worktree add ../before 35200bb && ln -s "$PWD/node_modules" ../before/
//   npx tsx bench/speed/prompt-encodings.ts --before ../before [--repeats 5] [--decoders adaptive,tree,greedy,dfs] [--sizes rules,both]
//     [--views 8] [--model jigsaw-joint] [--threads 2] [--tasks PATH,PATH] [--shape 0.6b] [--layers 28]
//
// --shape 0.6b takes a random model of Qwen3-0.6B's shape and our vocabulary instead (1.8 GB of disk): with --repeats 0,
// the turn that else warms up is the only one. Peak memory is read on Linux only. Needs a quiet machine. Exits 1 where
// attempts differ.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseConfig } from "../../src/checkpoint/config-json.ts";
import { writeCheckpoint } from "../../src/checkpoint/node/checkpoint.ts";
import { modelFolder } from "../../src/load.ts";
import { openScript, pause } from "../peer-process.ts";
import { qwen3Shape, randomWeights } from "../peers/big-model-case.ts";
import { median, table } from "../statistics.ts";

const EXAMPLES = ["checkerboard", "logic", "space-out"].map(
  (family) => `examples/${family}-easy-2026-0.json`,
);

const { values } = parseArgs({
  options: {
    before: { type: "string" },
    repeats: { type: "string", default: "5" },
    decoders: { type: "string", default: "adaptive,tree,greedy,dfs" },
    sizes: { type: "string", default: "rules,both" },
    views: { type: "string", default: "8" },
    model: { type: "string", default: "jigsaw-joint" },
    threads: { type: "string", default: String(availableParallelism()) },
    tasks: { type: "string", default: EXAMPLES.join(",") },
    shape: { type: "string" },
    layers: { type: "string", default: "28" },
  },
});
const { before } = values;
if (!before) throw new Error("--before is needed: a work tree of commit 35200bb");
const REPEATS = Number(values.repeats);

/** The tasks, solved once: what they took together. */
interface Turn {
  readonly prompts: number;
  readonly passes: number;
  readonly ms: number;
  readonly promptMs: number;
  /** Processor time, which other work on the machine hardly changes. */
  readonly cpuMs: number;
  /** Bytes, up to now. */
  readonly peak: number;
  readonly attempts: unknown;
}

let same = true;

async function compare(model: string, decoder: string, size: string): Promise<string[]> {
  const settings = JSON.stringify({ decoder, size, views: Number(values.views), choose: "product" });
  const sides = [before!, ""].map((tree) => {
    const args = [tree, model, values.threads, settings, ...values.tasks.split(",")];
    return {
      side: openScript(new URL("prompt-encodings-side.ts", import.meta.url), args),
      turns: [] as Turn[],
    };
  });
  for (let i = 0; i <= REPEATS; i++) {
    for (const { side, turns } of sides) {
      await pause();
      const turn = (await side.ask("solve")) as Turn;
      // The first turn warms up, where there are more.
      if (i > 0 || REPEATS === 0) turns.push(turn);
    }
  }
  for (const { side } of sides) await side.close();
  const [then, now] = sides.map(({ turns }) => turns) as [Turn[], Turn[]];
  const equal = JSON.stringify(then[0]!.attempts) === JSON.stringify(now[0]!.attempts);
  same &&= equal;
  const counts = (of: "prompts" | "passes") => `${then[0]![of]}, ${now[0]![of]}`;
  const figures = (of: (turn: Turn) => number, digits = 0) => {
    const [a, b] = [median(then.map(of)), median(now.map(of))];
    return [`${a.toFixed(digits)}, ${b.toFixed(digits)}`, `${(b / a).toFixed(2)}x`];
  };
  const row = [
    decoder,
    size,
    counts("prompts"),
    counts("passes"),
    ...figures(({ ms }) => ms),
    ...figures(({ promptMs }) => promptMs),
    ...figures(({ cpuMs }) => cpuMs),
    ...figures(({ peak }) => peak / 2 ** 20),
    equal ? "equal" : "DIFFERENT",
  ];
  console.error(row.join("  "));
  return row;
}

/** Writes a random model of Qwen3-0.6B's shape, said to be trained as `like` was. */
async function writeBig(folder: string, like: string): Promise<void> {
  const { jigsaw } = parseConfig(JSON.parse(await readFile(join(modelFolder(like), "config.json"), "utf8")));
  const config = {
    ...qwen3Shape(Number(values.layers), 64),
    jigsaw: { ...jigsaw, positions: "sequence" as const },
  };
  await writeCheckpoint(folder, config, randomWeights(config));
}

const HEADER = [
  "decoder",
  "size",
  "prompts encoded: then, now",
  "passes",
  "ms",
  "now / then",
  "of prompts, ms",
  "now / then",
  "of processors, ms",
  "now / then",
  "peak MiB",
  "now / then",
  "attempts",
];

const folder = await mkdtemp(join(tmpdir(), "jigsaw-encodings-"));
try {
  if (values.shape) await writeBig(folder, values.model);
  const model = values.shape ? folder : values.model;
  const rows: string[][] = [];
  for (const decoder of values.decoders.split(","))
    for (const size of values.sizes.split(",")) rows.push(await compare(model, decoder, size));
  const what = values.shape
    ? `a random model of ${values.layers} layers of Qwen3-0.6B's shape`
    : values.model;
  console.log(
    `${what}, ${values.views} views, product; medians of ${Math.max(1, REPEATS)}, ${values.threads} threads\n`,
  );
  console.log(table(HEADER, rows));
} finally {
  await rm(folder, { recursive: true });
}
if (!same) process.exitCode = 1;
