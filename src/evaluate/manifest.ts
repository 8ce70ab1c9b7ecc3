// The formats of a run's folder: the manifest (settings, data, where and when it ran) and the lines of results.jsonl, as
// they are written now and as 0.1.0 wrote them.
import * as z from "zod";
import { newLedger } from "../engine/ledger.ts";
import { type Outcome, outcomeSchema } from "./outcome.ts";

const FORMATS = ["jigsaw-eval/1", "jigsaw-arena/2"] as const;

const currentSchema = z.object({
  format: z.enum(FORMATS),
  /** This run's own name, by which its tasks are known on a queue. */
  run: z.string(),
  started: z.string(),
  /** When it was resumed, each time. */
  resumed: z.array(z.string()),
  /** Null until all is done and the reports are written. */
  finished: z.string().nullable(),
  command: z.array(z.string()),
  data: z.array(z.string()),
  /** Everything that decides the results; a run is resumed only with equal settings. */
  settings: z.record(z.string(), z.unknown()),
  /** SHA-256 of each task of an evaluation: of demonstrations and test inputs, not of the answers. */
  tasks: z.record(z.string(), z.string()),
  hosts: z.array(z.string()),
  devices: z.array(z.string()),
});
export type Manifest = z.infer<typeof currentSchema>;

/** The arena of 0.1.0 wrote its settings alone. */
const oldArenaSchema = z.looseObject({ format: z.literal("jigsaw-arena/1") }).transform(
  ({ format, ...settings }): Manifest => ({
    ...{ format: "jigsaw-arena/2", run: crypto.randomUUID(), started: "", resumed: [], finished: null },
    ...{ command: [], data: [], settings, tasks: {}, hosts: [], devices: [] },
  }),
);

export const manifestSchema = z.union([currentSchema, oldArenaSchema]);

/** A line of results.jsonl as the arena of 0.1.0 wrote it: costs in the line itself, and no attempts. */
const oldLineSchema = z
  .object({
    ...outcomeSchema.pick({ task: true, test: true, refused: true, candidates: true }).shape,
    ...outcomeSchema.shape.retractions.unwrap().shape,
    ...{ decoder: z.string(), cells: z.int(), solved: z.boolean(), found: z.boolean() },
    ...{ accuracy: z.number(), wrongSize: z.boolean() },
    ...{ passes: z.number(), positions: z.number(), pairs: z.number() },
    ...{ promptMs: z.number(), decodeMs: z.number() },
  })
  .transform((line): Outcome => {
    const { task, test, decoder, cells, refused, solved, found, candidates, accuracy, wrongSize } = line;
    const { passes, positions, pairs, promptMs, decodeMs, retracted, fixed, broken } = line;
    return {
      ...{ task, test, decoder, cells, found, candidates, accuracy, correct: solved, firstCorrect: solved },
      outcome: refused !== undefined ? "refused" : solved ? "right" : "wrong",
      wrongSize: refused === undefined ? wrongSize : null,
      ...(refused !== undefined && { refused }),
      attempts: [],
      ledger: {
        decoding: { ...newLedger(), passes, positions, pairs, promptMs, decodeMs },
        scoring: newLedger(),
      },
      taskMilliseconds: promptMs + decodeMs,
      retractions: { retracted, fixed, broken },
    };
  });

/** A line of results.jsonl, of today or of 0.1.0. */
export const outcomeLineSchema = z.union([outcomeSchema, oldLineSchema]);

/** A finished evaluation as its folder tells it. */
export interface FinishedRun {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly outcomes: readonly Outcome[];
}
