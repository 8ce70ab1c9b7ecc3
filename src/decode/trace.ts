// A trace: everything needed to show a decoding again, and to make it again. JSON lines, a header first.
import type { Grid } from "../arc/grid.ts";
import { JigsawError } from "../errors.ts";
import type { Frame } from "./frames.ts";

const FORMAT = "jigsaw-trace/1";

export interface TraceHeader {
  readonly format: typeof FORMAT;
  /** Versions of Jigsaw and of the runtime. */
  readonly versions: Readonly<Record<string, string>>;
  readonly task: string;
  readonly test: number;
  readonly input: Grid;
  readonly decoder: string;
  readonly model: string;
  readonly device: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface TraceResult {
  readonly attempts: readonly Grid[];
  readonly correct: boolean | null;
}

export interface Trace<F extends Frame = Frame> {
  readonly header: TraceHeader;
  readonly frames: readonly F[];
  readonly result: TraceResult;
}

export const traceHeader = (header: Omit<TraceHeader, "format">): TraceHeader => ({
  format: FORMAT,
  ...header,
});

const line = (kind: string, value: object): string => `${JSON.stringify({ kind, ...value })}\n`;

export const writeTrace = ({ header, frames, result }: Trace): string =>
  line("header", header) + frames.map((frame) => line("frame", frame)).join("") + line("result", result);

/** Reads the traces of a file, one after the other; `file` names it in errors. */
export function readTraces(text: string, file = "trace"): Trace[] {
  const traces: { header: TraceHeader; frames: Frame[]; result?: TraceResult }[] = [];
  for (const [i, row] of text.split("\n").entries()) {
    if (!row) continue;
    const bad = (why: string) => new JigsawError("bad-task", `${file}, line ${i + 1}: ${why}`);
    let parsed: { kind?: string };
    try {
      parsed = JSON.parse(row);
    } catch {
      throw bad("is no JSON");
    }
    const { kind, ...value } = parsed;
    const current = traces.at(-1);
    if (kind === "header") {
      if ((value as TraceHeader).format !== FORMAT) throw bad(`is no ${FORMAT}`);
      traces.push({ header: value as TraceHeader, frames: [] });
    } else if (!current) throw bad("comes before a header");
    else if (kind === "frame") current.frames.push(value as Frame);
    else if (kind === "result") current.result = value as TraceResult;
    else throw bad(`has unknown kind "${kind}"`);
  }
  return traces.map(({ header, frames, result }) => {
    if (!result) throw new JigsawError("bad-task", `${file}: the trace of ${header.task} has no result`);
    return { header, frames, result };
  });
}
