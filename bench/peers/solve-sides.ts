// The two sides of solve.bench.ts: a turn solves every puzzle once, in one way.
import type { Grid } from "../../src/arc/grid.ts";
import type { DecoderSpec } from "../../src/decode/decoders/spec.ts";
import type { Prompt } from "../../src/decode/prompt.ts";
import { newLedger } from "../../src/engine/ledger.ts";
import type { Model } from "../../src/model/model.ts";
import type { Side } from "../peer-process.ts";
import { median } from "../statistics.ts";

interface Answer {
  readonly grid: Grid;
  readonly passes: number;
  /** Choices that rounding could have decided otherwise; only Jigsaw counts them. */
  readonly ties: number;
}

/** A turn's answers and milliseconds, by puzzle. */
export interface Turn {
  readonly answers: readonly Answer[];
  readonly ms: readonly number[];
}

async function solve(model: Model, { decoder, options }: DecoderSpec, prompt: Prompt<Grid>) {
  const ledger = newLedger();
  const began = performance.now();
  const decoding = decoder.decode(model, prompt, options, { ledger });
  let ties = 0;
  for await (const frame of decoding) ties += frame.ties;
  const [found] = await decoding.candidates;
  const ms = performance.now() - began;
  return { ms, answer: { grid: found!.answer, passes: ledger.passes, ties } };
}

export async function ourTurn(
  model: Model,
  spec: DecoderSpec,
  prompts: readonly Prompt<Grid>[],
): Promise<Turn> {
  const solved: Awaited<ReturnType<typeof solve>>[] = [];
  for (const prompt of prompts) solved.push(await solve(model, spec, prompt));
  return { answers: solved.map(({ answer }) => answer), ms: solved.map(({ ms }) => ms) };
}

/** What solve_peer.py answers. */
interface PeerTurn {
  readonly ms: readonly number[];
  readonly answers: readonly (readonly [
    rows: number,
    columns: number,
    cells: readonly number[],
    passes: number,
  ])[];
}

export async function theirTurn(peer: Side, { label }: DecoderSpec): Promise<Turn> {
  const { ms, answers } = (await peer.ask(label)) as PeerTurn;
  return {
    ms,
    answers: answers.map(([rows, columns, cells, passes]) => ({
      grid: Array.from({ length: rows }, (_, r) => cells.slice(r * columns, (r + 1) * columns)),
      passes,
      ties: 0,
    })),
  };
}

/** The answers, which are the same every time, and the median milliseconds of each puzzle. */
export const typical = (turns: readonly Turn[]): Turn => ({
  answers: turns[0]!.answers,
  ms: turns[0]!.ms.map((_, p) => median(turns.map(({ ms }) => ms[p]!))),
});
