// A decoding as it comes in: events in, its state out.
import type { Grid } from "../../../arc/grid.ts";
import type { DecodeEvent } from "../../shared/protocol.ts";
import type { Puzzle } from "./puzzle.ts";
import type { Recording, Shot } from "./recording.ts";

/** A decoding, as far as it has come. */
export interface Run {
  readonly status: "waiting" | "loading" | "running" | "done" | "stopped" | "failed";
  /** Decodings that come before it, while it waits. */
  readonly before: number;
  readonly loading?: { readonly what: string; readonly loaded: number; readonly total: number };
  readonly shots: readonly Shot[];
  readonly candidates: readonly Grid[];
  readonly error?: { readonly message: string; readonly hint?: string | undefined };
}

/** A decoding before its first event. */
export const newRun: Run = { status: "waiting", before: 0, shots: [], candidates: [] };

/** Whether more may come. */
export const isLive = ({ status }: Run): boolean =>
  status === "waiting" || status === "loading" || status === "running";

/** What comes after the end changes nothing. */
export function take(run: Run, event: DecodeEvent): Run {
  if (!isLive(run)) return run;
  switch (event.type) {
    case "queued":
      return { ...run, status: "waiting", before: event.before };
    case "loading": {
      const { what, loaded, total } = event;
      return { ...run, status: "loading", loading: { what, loaded, total } };
    }
    case "frame": {
      const { frame, ledger } = event;
      return { ...run, status: "running", shots: [...run.shots, { frame, ledger }] };
    }
    case "done":
      return { ...run, status: "done", candidates: event.candidates.map(({ grid }) => grid) };
    case "error": {
      if (event.code === "interrupted") return stopped(run);
      return { ...run, status: "failed", error: { message: event.message, hint: event.hint } };
    }
  }
}

/** The run, stopped if it was still going. */
export const stopped = (run: Run): Run => (isLive(run) ? { ...run, status: "stopped" } : run);

/** What a run has shown, with all that tells what it was. */
export function recordingOf(
  { task, test }: Puzzle,
  { decoder, model }: Pick<Recording, "decoder" | "model">,
  { shots, candidates }: Run,
): Recording {
  const { input, output: answer } = task.test[test]!;
  return { task: task.id, test, input, ...(answer && { answer }), decoder, model, shots, candidates };
}
