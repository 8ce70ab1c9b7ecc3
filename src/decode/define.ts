// What every decoder has in common, so that its file holds nothing but its algorithm, its options and its source.
import * as z from "zod";
import { JigsawError } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import { streaming } from "../core/streaming.ts";
import type { Ledger } from "../engine/ledger.ts";
import type { Qwen3Config } from "../model/config.ts";
import type { Model } from "../model/model.ts";
import type { Capability } from "../objectives/objective.ts";
import { type Candidate, type Canvas, candidateOf, frameOf, openCanvas } from "./canvas.ts";
import type { Frame } from "./frames.ts";
import type { Prompt } from "./prompt.ts";
import { type Cache, openSession, PROMPT_CACHES, type PromptSession } from "./session.ts";
import { newTies, type Ties } from "./ties.ts";

/** A decoding under way: iterated for its frames, awaited for its candidates. It starts by itself. */
export interface Decoding<Answer = unknown> extends AsyncIterable<Frame> {
  /** Best first. */
  readonly candidates: Promise<Candidate<Answer>[]>;
}

/** Options by name; what is left out takes the default of the decoder's schema. */
export type DecodeOptions = Readonly<Record<string, unknown>>;

/** Who pays for a decoding, and who can stop it. */
export interface DecodeTerms {
  readonly ledger?: Ledger | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface About<Schema extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly family: "typewriter" | "jigsaw";
  /** What a checkpoint must have been trained for. */
  readonly objective: Capability;
  /** What it must have been trained for besides. */
  readonly needs?: readonly Capability[];
  readonly about: string;
  /** The shipped model that it runs by default. */
  readonly model: string;
  /** Its options, with defaults and descriptions; one called `cache` says what is kept between passes. */
  readonly options: Schema;
  /** Whether it can go on from a canvas that is partly filled (see `infill`); others refuse one. */
  readonly infills?: true;
}

/** A decoding algorithm with its options; `defineDecoder` makes one. */
export interface Decoder<Options extends DecodeOptions = DecodeOptions> extends About {
  /** Whether it searches over sizes, too: then height and width are its first two slots. */
  readonly searchesSizes: boolean;
  /**
   * Decodes a prompt on a model, or on a session of that prompt, which stays open. Rejects with a JigsawError
   * "bad-option" for options that do not fit, "unsupported" for a checkpoint that was not trained for the decoder.
   */
  decode<Answer>(
    on: Model | PromptSession,
    prompt: Prompt<Answer>,
    options?: Partial<Options>,
    terms?: DecodeTerms,
  ): Decoding<Answer>;
}

/** What an algorithm works with. */
export interface DecoderRun<Options> {
  readonly session: PromptSession;
  readonly options: Options;
  /** Counts choices that rounding could turn; those of `canvas` are counted here by themselves. */
  readonly ties: Ties;
  /** The frame of a canvas after a pass; the slots in it that the pass filled, and those that it took back. */
  show(canvas: Canvas, committed: readonly number[], retracted?: readonly number[]): Frame;
}

/** What an algorithm works with that fills one canvas. */
export interface CanvasRun<Options> extends DecoderRun<Options> {
  /** Laid out, and filled as far as it was given. */
  readonly canvas: Canvas;
}

type Frames<Result> = AsyncGenerator<Frame, Result, void>;

interface Definition<Schema extends z.ZodObject> extends About<Schema> {
  /** Refuses checkpoints and options that do not go together. */
  check?(config: Qwen3Config, options: z.infer<Schema>): void;
  /** The prompt that these options ask for. */
  prepare?<Answer>(prompt: Prompt<Answer>, options: z.infer<Schema>): Prompt<Answer>;
  /** Fills a canvas; where it returns nothing, the canvas is the candidate. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a generator without a return statement returns void
  run?(on: CanvasRun<z.infer<Schema>>): Frames<Candidate[] | void>;
  /** Searches over layouts, too, so that no canvas is laid out for it. */
  search?(on: DecoderRun<z.infer<Schema>>): Frames<Candidate[]>;
}

/** The option of decoders that can keep the prompt. */
export const cacheOption = z.enum(PROMPT_CACHES).default("prompt").describe("what is kept between passes");

/** Refuses a checkpoint that was not trained for what a decoder needs. */
export function checkObjective(
  { name, objective, needs = [], model }: Pick<About, "name" | "objective" | "needs" | "model">,
  { config }: Pick<Model, "config">,
): void {
  const trained = config.jigsaw.objectives;
  const needed = [objective, ...needs];
  if (needed.every((capability) => trained.includes(capability))) return;
  throw new JigsawError(
    "unsupported",
    `decoder "${name}" needs a checkpoint trained for ${needed.join(" and ")}; this one was trained for ${trained.join(", ")}`,
    `Try --model ${model}, or another --decoder.`,
  );
}

function checkTemplate({ name, infills }: About, { template }: Prompt): void {
  if (!template || infills) return;
  throw new JigsawError(
    "unsupported",
    `decoder "${name}" writes from left to right, so it cannot go on from a canvas`,
    'Use a decoder that can ("jigsaw decoders" tells which), such as adaptive.',
  );
}

const made = new WeakSet<object>();

/** Whether a value is a decoder that this copy of the package made. */
export const isDecoder = (value: unknown): value is Decoder => made.has(Object(value));

const isSession = (on: Model | PromptSession): on is PromptSession => "share" in on;

/**
 * A decoder from its algorithm: checks options and checkpoint, opens the session, lays out the canvas, counts ties and
 * passes, frees what was kept.
 * @example
 * const leftToRight = defineDecoder({
 *   name: "left-to-right", family: "jigsaw", objective: "masked-diffusion", about: "…", model: "jigsaw-adapted",
 *   options: z.object({ cache: cacheOption }),
 *   async *run({ session, canvas, show }) {
 *     for (const slot of openSlots(canvas)) {
 *       const [{ choice }] = await predict(session, canvas, [slot]);
 *       commit(canvas, slot, choice);
 *       yield show(canvas, [slot]);
 *     }
 *   },
 * });
 */
export function defineDecoder<Schema extends z.ZodObject>(
  definition: Definition<Schema>,
): Decoder<z.infer<Schema>> {
  const { check, prepare, run, search, ...about } = definition;
  async function* decode(
    on: Model | PromptSession,
    asked: Prompt,
    given: DecodeOptions,
    ledger: Ledger | undefined,
    signal: AbortSignal,
  ): Frames<Candidate[]> {
    const model = isSession(on) ? on.model : on;
    const options = checkOptions(about.options, given);
    checkObjective(about, model);
    check?.(model.config, options);
    checkTemplate(about, asked);
    const prompt = prepare ? prepare(asked, options) : asked;
    const by = { cache: (options as { cache?: Cache }).cache, ledger, signal };
    await using session = isSession(on) ? on.share({ ...by, prompt }) : openSession(on, prompt, by);
    const ties = newTies();
    const show: DecoderRun<unknown>["show"] = (canvas, committed, retracted) =>
      frameOf({ ...canvas, ties }, session.ledger.passes, committed, retracted);
    if (search) return yield* search({ session, options, ties, show });
    const { template, format } = prompt;
    const { layout, decided } = await format.layOut(session, template);
    const canvas = openCanvas(layout, { decided, template, ties });
    return (yield* run!({ session, options, canvas, ties, show })) ?? [candidateOf(canvas)];
  }
  const decoder: Decoder<z.infer<Schema>> = {
    ...about,
    searchesSizes: search !== undefined,
    decode<Answer>(
      on: Model | PromptSession,
      prompt: Prompt<Answer>,
      options: DecodeOptions = {},
      { ledger, signal }: DecodeTerms = {},
    ): Decoding<Answer> {
      const stream = streaming((stop) => decode(on, prompt, options, ledger, stop), signal);
      return {
        [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator](),
        get candidates() {
          return stream.result as Promise<Candidate<Answer>[]>;
        },
      };
    },
  };
  made.add(decoder);
  return decoder;
}
