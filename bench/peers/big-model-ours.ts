// Jigsaw's side of big-model.bench.ts: tsx bench/peers/big-model-ours.ts FOLDER KIND THREADS [int8]. A line on stdin is one
// repeat, answered by a line of JSON; "save" as the line also writes what was found to FOLDER/ours.bin.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openCheckpoint } from "../../src/checkpoint/node/checkpoint.ts";
import { loadWeights } from "../../src/checkpoint/node/external-weights.ts";
import { newLedger } from "../../src/engine/ledger.ts";
import { openNodeEngine } from "../../src/engine/node/sessions.ts";
import type { Positioned } from "../../src/model/inputs.ts";
import { type KvSegment, type Model, openModel } from "../../src/model/model.ts";
import type { Precision } from "../../src/model/quantize.ts";
import { peakMemory } from "../peer-process.ts";
import { ANSWER, FORWARD, idsFrom, isPruned, type Kind, PROMPT } from "./big-model-case.ts";
import { loraStep } from "./big-model-lora.ts";

const [folder = "", kind = "forward", threads = "2", weights = "float32"] = process.argv.slice(2);
const precision: Precision = weights === "int8" ? "int8" : "float32";

const PLACE = { grid: 0, row: 0, column: 0, below: 0, right: 0 };
const tokensOf = (ids: readonly number[]): Positioned[] => ids.map((id) => ({ id, place: PLACE }));

function causalMask(tokens: number): Uint8Array {
  const mask = new Uint8Array(tokens * tokens);
  for (let i = 0; i < tokens; i++) mask.fill(1, i * tokens, i * tokens + i + 1);
  return mask;
}

const largest = (logits: Float32Array): number => {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
};

type Work = () => Promise<{ ms: number; found: Float32Array }>;

async function timed(work: () => Promise<Float32Array>): ReturnType<Work> {
  const start = performance.now();
  const found = await work();
  return { ms: performance.now() - start, found };
}

async function workOf(model: Model): Promise<Work> {
  const { vocabSize } = model.config;
  const ledger = newLedger();
  const ids = (start: number, count: number) => tokensOf(idsFrom(start, count, vocabSize));
  const prompt = async (tokens: readonly Positioned[]) => {
    const pass = { tokens, mask: causalMask(tokens.length) };
    return (await model.run(pass, { logits: false, cache: true }, ledger, "prompt")).segment!;
  };
  switch (kind as Kind) {
    case "forward": {
      const pass = { tokens: ids(0, FORWARD), mask: causalMask(FORWARD) };
      const want = { logits: "last", cache: false } as const;
      return () => timed(async () => (await model.run(pass, want, ledger, "decode")).logits);
    }
    case "answer": {
      const pass = { tokens: ids(PROMPT, ANSWER), past: [await prompt(ids(0, PROMPT))] };
      const want = { logits: true, cache: false };
      return () => timed(async () => (await model.run(pass, want, ledger, "decode")).logits);
    }
    case "prefill":
      return () =>
        timed(async () => {
          await model.free(await prompt(ids(0, PROMPT)));
          return new Float32Array();
        });
    case "greedy": {
      const start = await prompt(ids(0, PROMPT - 1));
      return () =>
        timed(async () => {
          const written: number[] = [];
          let answer: KvSegment | undefined;
          let next = idsFrom(PROMPT - 1, 1, vocabSize)[0]!;
          while (written.length < ANSWER) {
            const pass = {
              tokens: tokensOf([next]),
              past: answer ? [start, answer] : [start],
              append: !!answer,
            };
            const { logits, segment } = await model.run(
              pass,
              { logits: "last", cache: true },
              ledger,
              "decode",
            );
            if (answer) await model.free(answer);
            answer = segment;
            next = largest(logits);
            written.push(next);
          }
          await model.free(answer!);
          return Float32Array.from(written);
        });
    }
    default:
      throw new Error(`unknown kind ${kind}`);
  }
}

const engine = await openNodeEngine({ threads: Number(threads) });

async function openWork(): Promise<Work> {
  if (isPruned(kind as Kind)) {
    const step = await loraStep(engine, folder, kind === "lora-checkpointing");
    return () => timed(step);
  }
  await using open = await openCheckpoint(folder);
  const weights = await loadWeights(open, { precision, big: 0 });
  return workOf(openModel(engine, open.config, weights));
}

const work = await openWork();
console.log(JSON.stringify({ way: `Jigsaw, ${precision}` }));
for await (const line of createInterface(process.stdin)) {
  const { ms, found } = await work();
  if (line === "save")
    await writeFile(
      join(folder, "ours.bin"),
      new Uint8Array(found.buffer, found.byteOffset, found.byteLength),
    );
  console.log(JSON.stringify({ ms, peak: peakMemory() }));
}
await engine.close();
