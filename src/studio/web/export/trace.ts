// Recordings as a trace file, and back: `jigsaw solve --trace` writes the same format.
import * as z from "zod";
import { equalGrids } from "../../../arc/grid.ts";
import { TOKEN } from "../../../arc/tokens.ts";
import type { Decoder } from "../../../decode/decoder.ts";
import type { Frame } from "../../../decode/frames.ts";
import { decoders } from "../../../decode/index.ts";
import { parseDecoder } from "../../../decode/spec.ts";
import { readTraces, type Trace, traceHeader, writeTrace } from "../../../decode/trace.ts";
import { type Ledger, newLedger } from "../../../engine/ledger.ts";
import { JigsawError } from "../../../errors.ts";
import { describeOptions, type Values } from "../../../options.ts";
import { type About, gridSchema } from "../../protocol.ts";
import { wordOf } from "../play/spec.ts";
import type { Recording, Shot } from "../recording.ts";

/** The largest file that is read, in characters. */
export const MOST_TRACE = 32 * 2 ** 20;

/** All recordings, one after the other. What a trace has no place for (answer, ledgers) stands beside what it has. */
export function writeRecordings(
  recordings: readonly Recording[],
  { versions, device }: Pick<About, "versions" | "device">,
): string {
  return recordings
    .map(({ task, test, input, answer, decoder, model, shots, candidates }) => {
      const spec = parseDecoder(decoder);
      const about = { versions, task, test, input, decoder: spec.decoder.name, model, device };
      const attempts = candidates.slice(0, 2);
      return writeTrace({
        header: { ...traceHeader({ ...about, options: spec.options }), ...(answer && { answer }) },
        frames: shots.map(({ frame, ledger }) => ({ ...frame, ledger })),
        result: { attempts, correct: answer ? attempts.some((grid) => equalGrids(grid, answer)) : null },
      });
    })
    .join("");
}

const ledgerSchema = z.object({
  passes: z.number(),
  positions: z.number(),
  pairs: z.number(),
  promptMs: z.number(),
  decodeMs: z.number(),
}) satisfies z.ZodType<Ledger>;

/** What of a frame the trace's own schema leaves open. */
const shotSchema = z
  .looseObject({
    rows: z.int().min(1).max(30),
    columns: z.int().min(1).max(30),
    cells: z.array(z.union([z.int().min(0).max(9), z.literal(TOKEN.mask)])),
    confidence: z.array(z.number().min(0).max(1)),
    committed: z.array(z.int().min(0)),
    retracted: z.array(z.int().min(0)),
    ledger: ledgerSchema.optional(),
    /** Which view of the puzzle it is about, where several were decoded. */
    view: z.int().optional(),
  })
  .refine(
    ({ cells, committed, retracted }) => [...committed, ...retracted].every((cell) => cell < cells.length),
    {
      error: "names cells that are not there",
    },
  );

const headerSchema = z.looseObject({ input: gridSchema, answer: gridSchema.optional() });
const attemptsSchema = z.array(gridSchema);

/** A decoder with those of its options that are not the usual ones, as on the command line. */
function labelOf(name: string, options: Values): string {
  const known = Object.hasOwn(decoders, name) ? (decoders as Record<string, Decoder>)[name] : undefined;
  if (!known) return name;
  const settings = Object.fromEntries(
    Object.entries(options).map(([option, value]) => [option, String(value)]),
  );
  return wordOf({ decoder: name, model: "", settings }, describeOptions(known.options));
}

/**
 * The recordings that a trace file holds; of several views of a puzzle, the puzzle as it is.
 * @throws JigsawError "bad-task" for a file that is no trace, or shows what no grid can be
 */
export function readRecordings(text: string, file: string): Recording[] {
  const bad = (why: string) =>
    new JigsawError("bad-task", `${file}: ${why}`, "Write one with `jigsaw solve PUZZLE --trace FILE`.");
  if (text.length > MOST_TRACE) throw bad(`is larger than ${MOST_TRACE / 2 ** 20} MB`);
  const check = <T>(schema: z.ZodType<T>, value: unknown, what: string): T => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const { path, message } = parsed.error.issues[0]!;
    throw bad(`${[what, ...path].join(".")}: ${message}`);
  };
  const shotOf = (frame: Frame, i: number): Shot[] => {
    const { ledger, view = 0 } = check(shotSchema, frame, `frame ${i + 1}`);
    const { pass, rows, columns, cells, confidence, committed, retracted, close } = frame;
    const plain = { pass, rows, columns, cells, confidence, committed, retracted, close };
    return view > 0 ? [] : [{ frame: plain, ledger: ledger ?? { ...newLedger(), passes: pass } }];
  };
  const recordingOf = ({ header, frames, result }: Trace): Recording => {
    const { input, answer } = check(headerSchema, header, "header");
    const { task, test, decoder, options, model } = header;
    return {
      ...{ task, test, input, model, decoder: labelOf(decoder, options) },
      ...(answer && { answer }),
      shots: frames.flatMap(shotOf),
      candidates: check(attemptsSchema, result.attempts, "attempts"),
    };
  };
  const traces = readTraces(text, file);
  if (traces.length === 0) throw bad("holds no trace");
  return traces.map(recordingOf);
}
