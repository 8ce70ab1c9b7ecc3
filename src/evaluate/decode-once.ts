// Runs one decoder on one puzzle: one attempt, its outcome and its cost.
import type { Grid } from "../arc/grid.ts";
import { JigsawError } from "../core/errors.ts";
import type { Candidate } from "../decode/canvas.ts";
import type { DecoderSpec } from "../decode/decoders/spec.ts";
import type { Frame } from "../decode/frames.ts";
import { promptOf, type SizeSource } from "../decode/puzzle-prompt.ts";
import { countRetractions } from "../decode/retractions.ts";
import { type Ledger, newLedger } from "../engine/ledger.ts";
import type { Model } from "../model/model.ts";
import { judge, type Outcome } from "./outcome.ts";
import type { Puzzle } from "./puzzle-sets.ts";

/** A decoder with its options and the model that it runs on. */
export interface Contestant extends DecoderSpec {
  readonly net: Model;
  /** The model's name or folder, as it was given. */
  readonly modelName: string;
}

const round = (ms: number): number => Math.round(ms * 1000) / 1000;

/**
 * Decodes a puzzle once, as it is, and judges the first candidate. A prompt that is too long for the model's memory is
 * refused, not an error.
 */
export async function decodeOnce(
  { decoder, options, label, net }: Contestant,
  { task, test, answer }: Puzzle,
  size: SizeSource,
  signal: AbortSignal,
): Promise<Outcome> {
  const [ledger, frames]: [Ledger, Frame[]] = [newLedger(), []];
  let candidates: readonly Candidate<Grid>[] = [];
  let refused: string | undefined;
  try {
    const decoding = decoder.decode(net, promptOf(net, task, test, size), options, { ledger, signal });
    for await (const frame of decoding) frames.push(frame);
    candidates = await decoding.candidates;
  } catch (error) {
    if (!(error instanceof JigsawError) || error.code !== "too-long") throw error;
    refused = error.message;
  }
  const decoding = { ...ledger, promptMs: round(ledger.promptMs), decodeMs: round(ledger.decodeMs) };
  const answered = {
    attempts: candidates.slice(0, 1).map((one) => one.answer),
    candidates: candidates.map((one) => ({ grid: one.answer })),
    ledger: { decoding: refused === undefined ? decoding : newLedger(), scoring: newLedger() },
    ...(refused !== undefined && { refused }),
  };
  return {
    ...judge(task, test, answered, round(ledger.promptMs + ledger.decodeMs)),
    decoder: label,
    retractions: countRetractions(refused === undefined ? frames : [], answer),
  };
}
