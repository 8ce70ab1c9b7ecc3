// A trace: everything needed to show a decoding again, and to make it again. JSON lines, a header first.
import * as z from "zod/mini";
import type { Grid } from "../arc/grid.ts";
import { checkShape } from "../core/check-shape.ts";
import { JigsawError } from "../core/errors.ts";
import { type Frame, fromFirst } from "./frames.ts";

const FORMAT = "jigsaw-trace/2";
/** Of 0.1.0, which is read as well. */
const FIRST_FORMAT = "jigsaw-trace/1";

/** What was decoded, and how: enough to decode it again. */
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

/** The attempts of a decoding; `correct` is null where the answer is not known. */
export interface TraceResult {
  readonly attempts: readonly Grid[];
  readonly correct: boolean | null;
}

/** A decoding on record. */
export interface Trace<F extends Frame = Frame> {
  readonly header: TraceHeader;
  readonly frames: readonly F[];
  readonly result: TraceResult;
}

/** A header of the current format. */
export const traceHeader = (header: Omit<TraceHeader, "format">): TraceHeader => ({
  format: FORMAT,
  ...header,
});

const line = (kind: string, value: object): string => `${JSON.stringify({ kind, ...value })}\n`;

/** The text of a trace: one line of JSON for the header, each frame and the result. */
export const writeTrace = ({ header, frames, result }: Trace): string =>
  line("header", header) + frames.map((frame) => line("frame", frame)).join("") + line("result", result);

const numbers = z.array(z.number());
const grid = z.array(numbers);

/** What a line of each kind must have; more is kept as it is. */
const LINES = {
  header: z.looseObject({
    format: z.enum([FORMAT, FIRST_FORMAT], { error: `is not "${FORMAT}"` }),
    versions: z.record(z.string(), z.string()),
    task: z.string(),
    test: z.int(),
    input: grid,
    decoder: z.string(),
    model: z.string(),
    device: z.string(),
    options: z.record(z.string(), z.unknown()),
  }),
  frame: z
    .looseObject({
      pass: z.int(),
      shape: z.array(z.int()).check(z.minLength(1)),
      slots: numbers,
      confidence: numbers,
      committed: numbers,
      retracted: numbers,
      ties: z.int(),
    })
    .check(
      z.refine(
        ({ shape, slots, confidence }) => {
          const count = shape.reduce((product, side) => product * side, 1);
          return slots.length === count && confidence.length === count;
        },
        { error: "is not as large as its shape says" },
      ),
    ),
  result: z.looseObject({ attempts: z.array(grid), correct: z.nullable(z.boolean()) }),
} as const;

/** Reads the traces of a file, one after the other; `file` names it in errors. */
export function readTraces(text: string, file = "trace"): Trace[] {
  const traces: {
    header: TraceHeader;
    first: boolean;
    line: number;
    frames: Frame[];
    result?: TraceResult;
  }[] = [];
  const bad = (number: number, why: string) => new JigsawError("bad-task", `${file}, line ${number}: ${why}`);
  const parse = <T>(number: number, schema: z.ZodMiniType<T>, value: unknown): T =>
    checkShape(schema, value, (place, fault) => bad(number, `${place || "the line"}: ${fault}`));
  for (const [i, row] of text.split("\n").entries()) {
    if (!row) continue;
    let json: unknown;
    try {
      json = JSON.parse(row);
    } catch {
      throw bad(i + 1, "is no JSON");
    }
    const { kind, ...value } = parse(i + 1, z.looseObject({ kind: z.string() }), json);
    const current = traces.at(-1);
    if (kind === "header") {
      const { format, ...header } = parse(i + 1, LINES.header, value);
      const first = format === FIRST_FORMAT;
      traces.push({ header: traceHeader(header), first, line: i + 1, frames: [] });
    } else if (!current) throw bad(i + 1, "comes before a header");
    else if (current.result) throw bad(i + 1, "comes after the trace's result");
    else if (kind === "frame")
      current.frames.push(parse(i + 1, LINES.frame, current.first ? fromFirst(value) : value));
    else if (kind === "result") current.result = parse(i + 1, LINES.result, value);
    else throw bad(i + 1, `has unknown kind "${kind}"`);
  }
  return traces.map(({ header, line, frames, result }) => {
    if (!result) throw bad(line, `the trace of ${header.task} has no result`);
    return { header, frames, result };
  });
}
