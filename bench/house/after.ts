// Holds today's decoders and solver against what commit 35200bb answered (see before.ts).
// npx tsx bench/house/after.ts runs/house.jsonl [decoder@model]
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Grid } from "../../src/arc/grid.ts";
import { readTasks } from "../../src/datasets/index.ts";
import type { Candidate } from "../../src/decode/canvas.ts";
import { decoders } from "../../src/decode/decoders/index.ts";
import type { Decoder } from "../../src/decode/define.ts";
import type { Frame } from "../../src/decode/frames.ts";
import { promptOf } from "../../src/decode/puzzle-prompt.ts";
import { newLedger } from "../../src/engine/ledger.ts";
import { freshPuzzles } from "../../src/evaluate/puzzle-sets.ts";
import { type LoadedModel, loadModel } from "../../src/load.ts";
import { trainedFamilies } from "../../src/puzzles/index.ts";
import type { TestSolution } from "../../src/solve/solution.ts";
import { openSolver } from "../../src/solve/solver.ts";
import { EASY, MEDIUM, SEED, SOLVING, TASKS } from "./cases.ts";

const [file = "runs/house.jsonl", only] = process.argv.slice(2);

interface Case {
  readonly kind: "decode" | "solve";
  readonly decoder: string;
  readonly model: string;
  readonly puzzle: number;
  readonly task: number;
  readonly passes: number;
  readonly sized: boolean;
  readonly frames: readonly (Frame & { readonly test?: number })[];
  readonly candidates: readonly Candidate<Grid>[];
  readonly tests: readonly TestSolution[];
  readonly training: readonly number[];
}

const puzzles = [
  ...freshPuzzles(trainedFamilies, ["easy"], EASY, SEED),
  ...freshPuzzles(trainedFamilies, ["medium"], MEDIUM, SEED),
];
const tasks = await Promise.all(TASKS.map(async (name) => (await readTasks([name]))[0]!));
const known: Readonly<Record<string, Decoder>> = decoders;

const shown = ({ shape, slots, committed, retracted }: Frame) =>
  JSON.stringify([shape, slots, committed, retracted]);

/** Where frames differ first, and whether a tie at or before that frame explains it. */
function compareFrames(before: readonly Frame[], now: readonly Frame[]): "same" | "tie" | string {
  for (let i = 0; i < Math.max(before.length, now.length); i++) {
    const [a, b] = [before[i], now[i]];
    if (a && b && shown(a) === shown(b)) {
      if (a.ties || b.ties)
        return compareFrames(before.slice(i + 1), now.slice(i + 1)) === "same" ? "same" : "tie";
      continue;
    }
    if (a?.ties || b?.ties) return "tie";
    return `frame ${i} of ${before.length}, ${now.length}: ${a && shown(a)} | ${b && shown(b)}`;
  }
  return "same";
}

const near = (a: number, b: number, within = 1e-3): boolean =>
  Math.abs(a - b) <= within * Math.max(1, Math.abs(a));

const tally = new Map<string, Record<string, number>>();
const count = (one: Case, what: string, by = 1) => {
  const row = tally.get(`${one.kind} ${one.decoder}@${one.model}`) ?? {};
  tally.set(`${one.kind} ${one.decoder}@${one.model}`, { ...row, [what]: (row[what] ?? 0) + by });
};
const faults: string[] = [];
const fault = (one: Case, what: string) => {
  count(one, "DIFFERENT");
  faults.push(
    `${one.kind} ${one.decoder}@${one.model} ${one.puzzle ?? `task ${one.task}`}: ${what.slice(0, 400)}`,
  );
};

async function checkDecode(one: Case, { model }: LoadedModel): Promise<void> {
  const { task, test } = puzzles[one.puzzle]!;
  const ledger = newLedger();
  const prompt = promptOf(model, task, test, one.puzzle % 2 ? "model" : "rules");
  // A search whose size is open begins with a pass less: the prompt's own encoding tells the height.
  const maxPasses = one.decoder === "dfs" && !one.sized ? 63 : 64;
  const decoding = known[one.decoder]!.decode(model, prompt, { maxPasses }, { ledger });
  const frames: Frame[] = [];
  for await (const frame of decoding) frames.push(frame);
  const candidates = await decoding.candidates;
  const how = compareFrames(one.frames, frames);
  count(one, "cases");
  count(one, "passes before", one.passes);
  count(one, "passes now", ledger.passes);
  if (how === "tie") return count(one, "ties");
  if (how !== "same") return fault(one, how);
  const answers = (list: readonly Candidate<Grid>[]) =>
    JSON.stringify(list.map(({ answer, runnerUp, visits }) => [answer, runnerUp, visits]));
  const scores = one.candidates.every(({ logProbability }, i) =>
    near(logProbability, candidates[i]?.logProbability ?? 1e9),
  );
  if (!scores || answers(one.candidates) !== answers(candidates)) {
    const rank = one.candidates.some(
      (a, i) => i > 0 && near(a.logProbability, one.candidates[i - 1]!.logProbability, 1e-4),
    );
    if (rank || frames.some(({ ties }) => ties > 0)) return count(one, "ties");
    return fault(one, `candidates ${answers(one.candidates)} | ${answers(candidates)}`);
  }
  count(one, "same");
}

async function checkSolve(one: Case, loaded: LoadedModel): Promise<void> {
  const solver = await openSolver(loaded, { ...SOLVING, decoder: one.decoder });
  const frames: (Frame & { test: number; view: number })[] = [];
  const solving = solver.solve(tasks[one.task]!);
  for await (const event of solving)
    if (event.type === "frame") frames.push({ ...event.frame, test: event.test });
  const { tests, training } = await solving.result;
  await solver.close();
  count(one, "cases");
  for (const [t, before] of one.tests.entries()) {
    const now = tests[t]!;
    count(one, "passes before", before.ledger.decoding.passes + before.ledger.scoring.passes);
    count(one, "passes now", now.ledger.decoding.passes + now.ledger.scoring.passes);
    count(one, "prompts", now.ledger.decoding.prompts + now.ledger.scoring.prompts);
  }
  if (training.firstLoss !== one.training[0] || training.lastLoss !== one.training[1])
    count(one, "other losses");
  // Views are decoded one after another: a tie in one says nothing of the next.
  const views = (list: readonly Frame[]) => {
    const groups = new Map<string, Frame[]>();
    for (const frame of list as (Frame & { test: number; view: number })[]) {
      const key = `${frame.test} ${frame.view}`;
      groups.set(key, [...(groups.get(key) ?? []), frame]);
    }
    return groups;
  };
  const [a, b] = [views(one.frames), views(frames)];
  const hows = [...a].map(([key, list]) => compareFrames(list, b.get(key) ?? []));
  const bad = hows.find((how) => how !== "same" && how !== "tie");
  if (bad) return fault(one, bad);
  if (hows.includes("tie")) return count(one, "ties");
  const same = one.tests.every((before, t) => {
    const now = tests[t]!;
    const scored = before.candidates.every(({ score, logProbability }, i) => {
      const other = now.candidates[i];
      return (
        other &&
        near(logProbability, other.logProbability) &&
        (score === null || near(score, other.score ?? 1e9))
      );
    });
    return scored && JSON.stringify(before.attempts) === JSON.stringify(now.attempts);
  });
  if (same) count(one, "same");
  else fault(one, `attempts ${JSON.stringify(one.tests.map(({ attempts }) => attempts))}`);
}

let open: { name: string; loaded: LoadedModel } | undefined;
for await (const line of createInterface({ input: createReadStream(file) })) {
  const one = JSON.parse(line) as Case;
  if (only && !`${one.decoder}@${one.model}`.startsWith(only)) continue;
  if (open?.name !== one.model) {
    await open?.loaded.close();
    open = { name: one.model, loaded: await loadModel(one.model, { worker: false, threads: 1 }) };
  }
  if (one.kind === "decode") await checkDecode(one, open.loaded);
  else await checkSolve(one, open.loaded);
}
await open?.loaded.close();
for (const [name, row] of tally) console.log(name, JSON.stringify(row));
for (const line of faults.slice(0, 20)) console.log(line);
if (faults.length > 0) process.exitCode = 1;
