// Recordings as a trace file, and back: `jigsaw solve --trace` writes the same format.
import * as z from "zod/mini";
import { checkGrid } from "../../../arc/check.ts";
import { COLOURS, equalGrids, type Grid, MAX_SIDE } from "../../../arc/grid.ts";
import { checkShape } from "../../../core/check-shape.ts";
import { JigsawError } from "../../../core/errors.ts";
import type { Values } from "../../../core/options.ts";
import { type Frame, OPEN } from "../../../decode/frames.ts";
import { readTraces, type Trace, type TraceHeader, traceHeader, writeTrace } from "../../../decode/trace.ts";
import { type Ledger, newLedger } from "../../../engine/ledger.ts";
import type { About, DecoderAbout } from "../../shared/protocol.ts";
import { specOf, valuesOf, wordOf } from "../state/decoder-spec.ts";
import type { Recording, Shot } from "../state/recording.ts";

/** The largest file that is read, in characters. */
export const MOST_TRACE = 32 * 2 ** 20;

const optionsOf = (decoder: string, known: readonly DecoderAbout[]) =>
  known.find(({ name }) => name === decoder)?.options;

/** All recordings, one after the other. What a trace has no place for (answer, ledgers) stands beside what it has. */
export function writeRecordings(
  recordings: readonly Recording[],
  { versions, device, decoders }: Pick<About, "versions" | "device" | "decoders">,
): string {
  return recordings
    .map(({ task, test, input, answer, decoder, model, shots, candidates }) => {
      const [name = ""] = decoder.split(":");
      const known = optionsOf(name, decoders) ?? [];
      const options = valuesOf(specOf(decoder, known), known);
      const about = { versions, task, test, input, decoder: name, model, device, options };
      const attempts = candidates.slice(0, 2);
      return writeTrace({
        header: { ...traceHeader(about), ...(answer && { answer }) },
        frames: shots.map(({ frame, ledger }) => ({ ...frame, ledger })),
        result: { attempts, correct: answer ? attempts.some((grid) => equalGrids(grid, answer)) : null },
      });
    })
    .join("");
}

const ledgerSchema = z.object({
  /** 0.1.0 did not count them. */
  prompts: z._default(z.number(), 0),
  passes: z.number(),
  positions: z.number(),
  pairs: z.number(),
  promptMs: z.number(),
  decodeMs: z.number(),
}) satisfies z.ZodMiniType<Ledger>;

const side = z.int().check(z.gte(1), z.lte(MAX_SIDE));
const slotNumber = z.int().check(z.gte(0));

/** What of a frame the trace's own schema leaves open. */
const shotSchema = z
  .looseObject({
    shape: z.array(side).check(z.maxLength(2)),
    slots: z.array(z.int().check(z.gte(OPEN), z.lte(COLOURS - 1))),
    confidence: z.array(z.number().check(z.gte(0), z.lte(1))),
    committed: z.array(slotNumber),
    retracted: z.array(slotNumber),
    ledger: z.optional(ledgerSchema),
    /** Which view of the puzzle it is about, where several were decoded. */
    view: z.optional(z.int()),
  })
  .check(
    z.refine(
      ({ slots, committed, retracted }) => [...committed, ...retracted].every((slot) => slot < slots.length),
      { error: "names slots that are not there" },
    ),
  );

/** A decoder with those of its options that are not the usual ones, as on the command line. */
function labelOf(decoder: string, options: Values, known: readonly DecoderAbout[]): string {
  const settings = Object.fromEntries(
    Object.entries(options).map(([option, value]) => [option, String(value)]),
  );
  return wordOf({ decoder, model: "", settings }, optionsOf(decoder, known) ?? []);
}

/**
 * The recordings that a trace file holds; of several views of a puzzle, the puzzle as it is.
 * @param decoders those whose options are known
 * @throws JigsawError "bad-task" for a file that is no trace, or shows what no grid can be
 */
export function readRecordings(text: string, file: string, decoders: readonly DecoderAbout[]): Recording[] {
  const bad = (why: string) =>
    new JigsawError("bad-task", `${file}: ${why}`, "Write one with `jigsaw solve PUZZLE --trace FILE`.");
  if (text.length > MOST_TRACE) throw bad(`is larger than ${MOST_TRACE / 2 ** 20} MB`);
  const gridOf = (value: unknown, field: string): Grid => {
    try {
      return checkGrid(value, { field });
    } catch (error) {
      throw bad((error as JigsawError).message);
    }
  };
  const shotOf = (frame: Frame, i: number): Shot[] => {
    const refuse = (place: string, fault: string) => bad(`frame ${i + 1}${place && `.${place}`}: ${fault}`);
    const { ledger, view = 0 } = checkShape(shotSchema, frame, refuse);
    const { pass, shape, slots, confidence, committed, retracted, ties } = frame;
    const plain = { pass, shape, slots, confidence, committed, retracted, ties };
    return view > 0 ? [] : [{ frame: plain, ledger: ledger ?? { ...newLedger(), passes: pass } }];
  };
  const recordingOf = ({ header, frames, result }: Trace): Recording => {
    const { task, test, input, decoder, options, model, answer } = header as TraceHeader & {
      readonly answer?: unknown;
    };
    return {
      ...{ task, test, model, decoder: labelOf(decoder, options, decoders) },
      input: gridOf(input, "header.input"),
      ...(answer !== undefined && { answer: gridOf(answer, "header.answer") }),
      shots: frames.flatMap(shotOf),
      candidates: result.attempts.map((grid, i) => gridOf(grid, `attempts[${i}]`)),
    };
  };
  const traces = readTraces(text, file);
  if (traces.length === 0) throw bad("holds no trace");
  return traces.map(recordingOf);
}
