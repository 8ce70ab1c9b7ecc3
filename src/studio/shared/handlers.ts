// What stands behind the page wherever it runs: a request in, events out.

import type * as z from "zod";
import { checkShape } from "../../core/check-shape.ts";
import { JigsawError } from "../../core/errors.ts";
import { kebab } from "../../core/names.ts";
import { parseDecoder } from "../../decode/decoders/spec.ts";
import { checkObjective, type DecodeOptions, type Decoder } from "../../decode/define.ts";
import type { Template } from "../../decode/frames.ts";
import { infill } from "../../decode/infill.ts";
import { inspect } from "../../decode/inspect.ts";
import { promptOf, type SizeSource } from "../../decode/puzzle-prompt.ts";
import { newLedger } from "../../engine/ledger.ts";
import type { AcquiredModel, ModelCache, Progress } from "./model-cache.ts";
import { type Colours, type DecodeEvent, decodeSchema, inspectSchema } from "./protocol.ts";
import type { StudioTask } from "./tasks.ts";

/** @throws JigsawError "bad-option" that names the first field that does not fit */
const checkRequest = <T extends z.ZodType>(schema: T, value: unknown): z.output<T> =>
  checkShape(
    schema,
    value,
    (place, fault) => new JigsawError("bad-option", `${place || "the request"} ${fault}`),
  );

/** A request that has been checked. */
export interface DecodingPlan {
  readonly task: StudioTask;
  readonly test: number;
  readonly decoder: Decoder;
  readonly options: DecodeOptions;
  readonly model: string;
  readonly size: SizeSource;
  readonly template?: Template | undefined;
}

function checkTest({ id, test }: StudioTask, asked: number): void {
  if (asked < test.length) return;
  throw new JigsawError("bad-option", `test: task ${id} has ${test.length} test inputs, counted from 0`);
}

function checkModel(name: string, models: readonly string[]): void {
  if (models.includes(name)) return;
  throw new JigsawError("not-found", `no model "${name.slice(0, 80)}"`, `There are: ${models.join(", ")}.`);
}

/** More rounds, paths or canvases than this would keep others waiting, or take more memory than there is. */
const MOST = 1000;

function checkCounts(options: DecodeOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (name === "seed" || typeof value !== "number" || value <= MOST) continue;
    throw new JigsawError(
      "bad-option",
      `decoder option ${kebab(name)} ${value}: the studio takes at most ${MOST}`,
    );
  }
}

/**
 * Checks all that can be checked before a model is open.
 * @param models the names of those that there are
 */
export function planDecoding(request: unknown, models: readonly string[]): DecodingPlan {
  const { decoder: word, model: named, ...asked } = checkRequest(decodeSchema, request);
  checkTest(asked.task, asked.test);
  const { decoder, options, model: within } = parseDecoder(word);
  if (within !== undefined) {
    throw new JigsawError("bad-option", `decoder "${word}": names a model`, "Name it apart, as model.");
  }
  checkCounts(options);
  const model = named ?? decoder.model;
  checkModel(model, models);
  return { ...asked, decoder, options, model };
}

/** Yields "loading" events until the model is open; returns it. */
async function* acquireModel(
  cache: ModelCache,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<DecodeEvent, AcquiredModel> {
  let news: DecodeEvent | undefined;
  let wake = () => {};
  const progress: Progress = (loaded, total, what) => {
    news = { type: "loading", what, loaded, total };
    wake();
  };
  let settled = false;
  const acquired = cache.acquire(name, progress, signal);
  const end = () => {
    settled = true;
    wake();
  };
  acquired.then(end, end);
  let wanted = false;
  try {
    while (!settled) {
      if (news) yield news;
      news = undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (settled || news) resolve();
      });
    }
    wanted = true;
    return await acquired;
  } finally {
    // Nobody waits for it any more.
    if (!wanted) acquired.then(({ release }) => release()).catch(() => {});
  }
}

/** Decodes; throws what goes wrong, and the signal's reason between two passes. */
export async function* runDecoding(
  { task, test, decoder, options, model: name, size, template }: DecodingPlan,
  cache: ModelCache,
  signal: AbortSignal,
): AsyncGenerator<DecodeEvent, void> {
  const { model, release } = yield* acquireModel(cache, name, signal);
  try {
    checkObjective(decoder, model);
    const open = promptOf(model, task, test, size);
    const ledger = newLedger();
    const prompt = template ? infill(open, template) : open;
    const decoding = decoder.decode(model, prompt, options, { ledger, signal });
    for await (const frame of decoding) yield { type: "frame", frame, ledger: { ...ledger } };
    const candidates = (await decoding.candidates).map(({ answer, logProbability }) => ({
      grid: answer,
      logProbability,
    }));
    yield { type: "done", candidates, ledger };
  } finally {
    release();
  }
}

/** Answers an `inspect` request that has not been checked. */
export async function answerInspection(
  request: unknown,
  models: readonly string[],
  cache: ModelCache,
  signal?: AbortSignal,
): Promise<(Colours | null)[]> {
  const { task, test, model: name, canvas } = checkRequest(inspectSchema, request);
  checkTest(task, test);
  checkModel(name, models);
  const { model, release } = await cache.acquire(name, () => {}, signal);
  try {
    const prompt = promptOf(model, task, test);
    return await inspect(model, prompt, canvas, newLedger(), signal);
  } finally {
    release();
  }
}
