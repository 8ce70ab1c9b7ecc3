// What the studio's page asks for, whoever answers: the server over HTTP, or a worker in the page itself (the static
// site). Pure: the page and the server check with the same schemas.
//
// Refined since the first version: `decode` never throws (what fails, or is aborted, ends with an "error" event);
// `inspect` gives null for cells that a typewriter cannot read; `resume` finds decodings that outlived a reload;
// metrics may begin anew ("restart").
import * as z from "zod";
import { type Grid, MAX_SIDE } from "../../arc/grid.ts";
import type { ErrorCode } from "../../core/errors.ts";
import type { OptionAbout } from "../../core/options.ts";
import { type Frame, OPEN } from "../../decode/frames.ts";
import { SIZE_SOURCES } from "../../decode/puzzle-prompt.ts";
import type { Ledger } from "../../engine/ledger.ts";
import { MOST_ID, MOST_PAIRS, type StudioTask, type TaskSummary } from "./tasks.ts";

const cell = z.int().min(0).max(9);
const side = z.int().min(1).max(MAX_SIDE);

/** A grid of colours, 1 to 30 rows and columns. */
export const gridSchema = z
  .array(z.array(cell).min(1).max(MAX_SIDE))
  .min(1)
  .max(MAX_SIDE)
  .refine((rows) => rows.every((row) => row.length === rows[0]!.length), {
    error: "must have rows of one length",
  });

/** The same task as `checkStudioTask` takes; a page does without it, since it needs zod. */
export const taskSchema = z.object({
  id: z.string().min(1).max(MOST_ID),
  train: z
    .array(z.object({ input: gridSchema, output: gridSchema }))
    .min(1)
    .max(MOST_PAIRS),
  test: z
    .array(z.object({ input: gridSchema, output: gridSchema.optional() }))
    .min(1)
    .max(MOST_PAIRS),
}) satisfies z.ZodType<StudioTask>;

/** A grid to go on from; it may lock only slots that are filled. */
export const templateSchema = z
  .object({
    shape: z.array(side).length(2).readonly(),
    slots: z.array(z.union([cell, z.literal(OPEN)])).readonly(),
    locked: z.array(z.int().min(0)).readonly(),
  })
  .refine(({ shape, slots }) => slots.length === shape.reduce((product, side) => product * side, 1), {
    error: "must have as many slots as its shape says",
  })
  .refine(({ slots, locked }) => locked.every((i) => i < slots.length && slots[i] !== OPEN), {
    error: "may lock only slots that are filled",
  });

/** One decoding of one test input, as it stands (no other views). */
export const decodeSchema = z.object({
  task: taskSchema,
  test: z.int().min(0).default(0),
  /** As on the command line: "steps:steps=10", "dfs:floor=0.05"; the model apart. */
  decoder: z.string().min(1).max(200),
  /** A shipped name; the decoder's own by default. */
  model: z.string().min(1).max(200).optional(),
  size: z.enum(SIZE_SOURCES).default("rules"),
  template: templateSchema.optional(),
});

/** What the model says of each cell of a canvas, in one pass. */
export const inspectSchema = z.object({
  task: taskSchema,
  test: z.int().min(0).default(0),
  model: z.string().min(1).max(200),
  canvas: templateSchema,
});

/** What `Backend.decode` takes. */
export type DecodeRequest = z.input<typeof decodeSchema>;
/** What `Backend.inspect` takes. */
export type InspectRequest = z.input<typeof inspectSchema>;

/** What happens to a decoding, in order; "done" and "error" come last. */
export type DecodeEvent =
  | { readonly type: "queued"; readonly before: number }
  /** Weights and runtime on their way; `total` 0 where it is not known. */
  | { readonly type: "loading"; readonly what: string; readonly loaded: number; readonly total: number }
  | { readonly type: "frame"; readonly frame: Frame; readonly ledger: Ledger }
  | {
      readonly type: "done";
      readonly candidates: readonly { readonly grid: Grid; readonly logProbability: number }[];
      readonly ledger: Ledger;
    }
  | {
      readonly type: "error";
      readonly code: ErrorCode | "internal";
      readonly message: string;
      readonly hint?: string;
    };

/** A model that decodings can name. */
export interface ModelAbout {
  readonly name: string;
  readonly objectives: readonly string[];
  readonly pattern: string;
  readonly weights: number;
}

/** A decoder that decodings can name, with what its form needs. */
export interface DecoderAbout {
  readonly name: string;
  readonly family: "typewriter" | "jigsaw";
  readonly about: string;
  /** What a checkpoint must have been trained for. */
  readonly needs: readonly string[];
  readonly model: string;
  readonly options: readonly OptionAbout[];
  /** Whether it can go on from a canvas that is partly filled. */
  readonly infills: boolean;
}

/** Where and with what the studio runs. */
export interface About {
  readonly kind: "server" | "page";
  /** "cpu", "webgpu", "wasm". */
  readonly device: string;
  readonly threads: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly models: readonly ModelAbout[];
  readonly decoders: readonly DecoderAbout[];
  /** Folders of tasks that can be opened. */
  readonly folders: readonly string[];
  /** Whether runs can be looked at. */
  readonly runs: boolean;
}

/** A line of a training run's metrics.jsonl. */
export interface MetricsLine {
  readonly step: number;
  readonly loss: number;
  readonly learning_rate: number;
  readonly sequences_per_second: number;
  /** Share of puzzles solved, where the run measured it. */
  readonly solve_rate?: number;
}

/** A run in the list of runs. */
export interface RunSummary {
  readonly name: string;
  readonly kind: "training" | "arena" | "evaluation";
  /** Milliseconds since 1970. */
  readonly changed: number;
  readonly about: string;
}

/** What is followed of a training run. */
export type RunEvent =
  /** More lines; at the beginning, and after a run was resumed, all of them, in place of those that came before. */
  | { readonly type: "metrics"; readonly lines: readonly MetricsLine[]; readonly restart?: true }
  | {
      readonly type: "settings";
      readonly settings: Readonly<Record<string, unknown>>;
      readonly steps: number;
    };

/** Probabilities of the ten colours. */
export type Colours = readonly number[];

/** A decoding that goes on, or has ended, since the page was left. */
export interface Resumed {
  readonly request: DecodeRequest;
  /** All its events, from the first. */
  follow(signal?: AbortSignal): AsyncGenerator<DecodeEvent, void>;
}

/** Everything the page can ask for. Aborting a signal cancels the work behind it. What is refused throws a JigsawError. */
export interface Backend {
  about(): Promise<About>;
  tasks(folder: string): Promise<readonly TaskSummary[]>;
  task(folder: string, id: string): Promise<StudioTask>;
  /** Never throws: what is refused or fails ends with "error", what is aborted with the code "interrupted". */
  decode(request: DecodeRequest, signal?: AbortSignal): AsyncGenerator<DecodeEvent, void>;
  /** Decodings that this tab began before it was loaded anew; each is given once. */
  resume(): readonly Resumed[];
  /**
   * For each cell, row by row: of models trained for masked cells as the model reads the whole canvas; of typewriters
   * given the cells before it, null after the first open one.
   */
  inspect(request: InspectRequest, signal?: AbortSignal): Promise<readonly (Colours | null)[]>;
  runs(): Promise<readonly RunSummary[]>;
  /** What a training run has logged, and goes on to log. */
  training(name: string, signal?: AbortSignal): AsyncGenerator<RunEvent, void>;
  /** The parsed summary.json of an arena's folder. */
  arena(name: string): Promise<unknown>;
  /** The address of an evaluation's report, to be shown in a frame. */
  reportUrl(name: string): string;
}
