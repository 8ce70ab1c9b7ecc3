// One decoder, one puzzle, one attempt: what came out and what it cost.

import * as z from "zod";
import { area, type Grid } from "../arc/grid.ts";
import { cellAccuracy, exact, wrongSize } from "../arc/score.ts";
import { JigsawError } from "../core/errors.ts";
import type { Candidate } from "../decode/canvas.ts";
import type { DecoderSpec } from "../decode/decoders/spec.ts";
import type { Frame } from "../decode/frames.ts";
import { promptOf, type SizeSource } from "../decode/puzzle-prompt.ts";
import { countRetractions } from "../decode/retractions.ts";
import { newLedger } from "../engine/ledger.ts";
import type { Model } from "../model/model.ts";
import type { Puzzle } from "./puzzles.ts";

/** A decoder with the model that it runs on. */
export interface Entrant extends DecoderSpec {
  readonly net: Model;
  /** How the model was named. */
  readonly modelName: string;
}

const figure = z.number();

/** What a decoder made of a puzzle. Times are milliseconds. */
export const resultSchema = z.object({
  task: z.string(),
  test: figure,
  /** The decoder's label. */
  decoder: z.string(),
  /** Cells of the answer. */
  cells: figure,
  /** Why the puzzle was refused; it then counts as not solved, and all that follows is 0. */
  refused: z.string().optional(),
  /** Whether the first candidate is the answer. */
  solved: z.boolean(),
  /** Whether any candidate is. */
  found: z.boolean(),
  candidates: figure,
  /** The share of the answer's cells that the first candidate has right. */
  accuracy: figure,
  wrongSize: z.boolean(),
  /** 0.1.0 did not count them. */
  prompts: figure.default(0),
  passes: figure,
  positions: figure,
  pairs: figure,
  promptMs: figure,
  decodeMs: figure,
  retracted: figure,
  fixed: figure,
  broken: figure,
});

export type Result = z.infer<typeof resultSchema>;

const round = (ms: number): number => Math.round(ms * 1000) / 1000;

/** Judges a decoder's candidates, best first. */
export function judge(candidates: readonly { readonly answer: Grid }[], answer: Grid) {
  const first = candidates[0]!.answer;
  return {
    solved: exact(first, answer),
    found: candidates.some((one) => exact(one.answer, answer)),
    candidates: candidates.length,
    accuracy: cellAccuracy(first, answer),
    wrongSize: wrongSize(first, answer),
  };
}

const NOTHING = {
  ...{ solved: false, found: false, candidates: 0, accuracy: 0, wrongSize: false },
  ...{
    prompts: 0,
    passes: 0,
    positions: 0,
    pairs: 0,
    promptMs: 0,
    decodeMs: 0,
    retracted: 0,
    fixed: 0,
    broken: 0,
  },
} as const;

/** Decodes a puzzle once, as it is. A puzzle that is too long for the model's memory is refused, not an error. */
export async function attempt(
  { decoder, options, label, net }: Entrant,
  { task, test, answer }: Puzzle,
  size: SizeSource,
  signal?: AbortSignal,
): Promise<Result> {
  const about = { task: task.id, test, decoder: label, cells: area(answer) };
  const ledger = newLedger();
  const frames: Frame[] = [];
  let candidates: readonly Candidate<Grid>[];
  try {
    const decoding = decoder.decode(net, promptOf(net, task, test, size), options, { ledger, signal });
    for await (const frame of decoding) frames.push(frame);
    candidates = await decoding.candidates;
  } catch (error) {
    if (!(error instanceof JigsawError) || error.code !== "too-long") throw error;
    return { ...about, refused: error.message, ...NOTHING };
  }
  return {
    ...about,
    ...judge(candidates, answer),
    ...ledger,
    promptMs: round(ledger.promptMs),
    decodeMs: round(ledger.decodeMs),
    ...countRetractions(frames, answer),
  };
}
