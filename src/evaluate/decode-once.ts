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

interface Decoded {
  /** Best first. */
  readonly candidates: readonly Candidate<Grid>[];
  readonly frames: readonly Frame[];
  readonly ledger: Ledger;
  readonly refused?: string;
}

/** Decodes; a prompt that is too long is a refusal, not an error. */
async function decode(
  { decoder, options, net }: Contestant,
  { task, test }: Puzzle,
  size: SizeSource,
  signal: AbortSignal,
): Promise<Decoded> {
  const [ledger, frames]: [Ledger, Frame[]] = [newLedger(), []];
  try {
    const decoding = decoder.decode(net, promptOf(net, task, test, size), options, { ledger, signal });
    for await (const frame of decoding) frames.push(frame);
    return { candidates: await decoding.candidates, frames, ledger };
  } catch (error) {
    if (!(error instanceof JigsawError) || error.code !== "too-long") throw error;
    return { candidates: [], frames: [], ledger: newLedger(), refused: error.message };
  }
}

const round = (ms: number): number => Math.round(ms * 1000) / 1000;

/** Decodes a puzzle once, as it is, and judges the first candidate. */
export async function decodeOnce(
  contestant: Contestant,
  puzzle: Puzzle,
  size: SizeSource,
  signal: AbortSignal,
): Promise<Outcome> {
  const { candidates, frames, ledger, refused } = await decode(contestant, puzzle, size, signal);
  const [promptMs, decodeMs] = [round(ledger.promptMs), round(ledger.decodeMs)];
  const answer = {
    attempts: candidates.slice(0, 1).map((one) => one.answer),
    candidates: candidates.map((one) => ({ grid: one.answer })),
    ledger: { decoding: { ...ledger, promptMs, decodeMs }, scoring: newLedger() },
    ...(refused !== undefined && { refused }),
  };
  return {
    ...judge(puzzle.task, puzzle.test, answer, round(promptMs + decodeMs)),
    decoder: contestant.label,
    retractions: countRetractions(frames, puzzle.answer),
  };
}
