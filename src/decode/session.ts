// A prompt before a model: encoded once, on first use, by whoever asks first; sizes, decoding and scores share it.
import { JigsawError } from "../core/errors.ts";
import { type Ledger, newLedger } from "../engine/ledger.ts";
import type { Model } from "../model/model.ts";
import { type AnswerAttention, patternOf } from "../sequence/attention-patterns.ts";
import type { Token } from "../sequence/tokens.ts";
import { type Answer, type Branches, freshOf, openBranches, startsOf } from "./branches.ts";
import { encodePrompt } from "./encode.ts";
import { type Kept, NOTHING_KEPT, passesOf } from "./passes.ts";
import type { Prompt, Reader } from "./prompt.ts";
import { type Encoded, openPromptCache, type PromptCache } from "./prompt-cache.ts";

/** `prompt`: the prompt's keys and values are computed once. `none`: prompt and answer are computed anew in every pass. */
export const PROMPT_CACHES = ["prompt", "none"] as const;
/** Of some decoders: `blocks` computes finished blocks of the answer once, too. */
export const CACHES = [...PROMPT_CACHES, "blocks"] as const;
/** What a session keeps from pass to pass. */
export type Cache = (typeof CACHES)[number];

/** A prompt on a model. Its keys and values are computed on first use, and freed when it is disposed of. */
export interface PromptSession extends Reader, AsyncDisposable {
  readonly model: Model;
  readonly prompt: Prompt;
  /** Every pass is booked here. */
  readonly ledger: Ledger;
  readonly cache: Cache;
  /** Stops the next pass when it is aborted. */
  readonly signal: AbortSignal | undefined;
  /**
   * Logits of tokens given the others, [predicted, vocabSize] for each answer; answers never see one another. The logit
   * shift is undone here and nowhere else.
   * @param attention how an answer's tokens see one another, where that is not the checkpoint's pattern
   */
  predict(answers: readonly Answer[], attention?: AnswerAttention): Promise<Float32Array[]>;
  /** Opens branches that grow from the prompt. */
  branches(): Branches;
  /**
   * The same encoded prompt for somebody else, with a ledger, cache or answer format of their own; either signal stops it.
   * Dispose of it before the session that it is shared from.
   */
  share(by: SessionOptions & { readonly prompt?: Prompt }): PromptSession;
}

/** How a session keeps and books what it computes, and what stops it. */
export interface SessionOptions {
  /** By default what the checkpoint's pattern allows. */
  readonly cache?: Cache | undefined;
  readonly ledger?: Ledger | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Opens a prompt on a model. Nothing is computed before it is asked for. */
export function openSession(
  model: Model,
  prompt: Prompt,
  { cache, ledger, signal, prompts }: SessionOptions & { readonly prompts?: PromptCache | undefined } = {},
): PromptSession {
  const own = prompts ? undefined : openPromptCache(model);
  return sessionOf(
    { model, prompts: prompts ?? own!, known: new Map() },
    prompt,
    { cache, ledger, signal },
    own,
  );
}

/** What sessions of one prompt share. */
interface Shared {
  readonly model: Model;
  readonly prompts: PromptCache;
  readonly known: Map<string, Promise<unknown>>;
}

function sessionOf(
  shared: Shared,
  prompt: Prompt,
  { cache: wanted, ledger = newLedger(), signal }: SessionOptions,
  owned?: AsyncDisposable,
): PromptSession {
  const { model, prompts, known } = shared;
  const { vocabSize, jigsaw } = model.config;
  const pattern = patternOf(jigsaw.pattern);
  const cache = wanted ?? (pattern.promptSeesAnswer ? "none" : "prompt");
  let held = false;

  const encoded = async (): Promise<Encoded | undefined> => {
    if (cache === "none") return undefined;
    if (pattern.promptSeesAnswer) {
      throw new JigsawError(
        "bad-option",
        `under the attention pattern "${jigsaw.pattern}" the prompt sees the answer, so it cannot be cached`,
        "Use --cache none.",
      );
    }
    const encode = () => encodePrompt(model, prompt, prompts, ledger, signal);
    const found = await prompts.acquire(prompt.tokens, encode);
    // One hold is enough; those of other sessions are their own.
    if (held) await prompts.release(prompt.tokens);
    held = true;
    return found;
  };
  const run = passesOf(model, prompt, ledger, encoded, signal);

  const predictAfter = async (
    kept: Kept,
    answers: readonly Answer[],
    attention: AnswerAttention = pattern.answer,
  ): Promise<Float32Array[]> => {
    if (pattern.promptSeesAnswer && answers.length > 1) {
      // A prompt that sees answers can see one at a time.
      const found: Float32Array[] = [];
      for (const answer of answers) found.push(...(await predictAfter(kept, [answer], attention)));
      return found;
    }
    // Where logits at a token predict the next one, token i is read at i - 1; row -1 is the prompt's last token.
    const offset = Number(attention === "causal" || jigsaw.shift);
    const starts = startsOf(answers);
    const rows = answers.map(({ predict }, a) =>
      predict.map((i) => (i < offset ? -1 : starts[a]! + i - offset)),
    );
    const fresh = answers.map((answer) => freshOf(answer, attention));
    const { logitsOf } = await run({
      kept,
      fresh,
      rows: rows.flat(),
      softEmbeddings: joinSoft(answers, vocabSize),
    });
    return logitsOf(rows);
  };

  return {
    model,
    prompt,
    ledger,
    cache,
    signal,
    predict: (answers, attention) => predictAfter(NOTHING_KEPT, answers, attention),
    async next(questions) {
      const follows = pattern.answer === "causal" || jigsaw.shift;
      return predictAfter(
        NOTHING_KEPT,
        questions.map(({ tokens, mask }) => ({
          tokens: follows ? tokens : [...tokens, mask],
          predict: [tokens.length],
        })),
      );
    },
    async once<T>(key: string, work: () => Promise<T>): Promise<T> {
      for (;;) {
        const asked = known.get(key) as Promise<T> | undefined;
        if (!asked) {
          const found = work();
          known.set(key, found);
          found.catch(() => known.delete(key));
          return await found;
        }
        try {
          return await asked;
        } catch {
          // Who asked first was aborted or failed: that says nothing about this one.
          if (known.get(key) === asked) known.delete(key);
        }
      }
    },
    branches: () => openBranches(model, run, predictAfter, signal),
    share(by) {
      if (by.prompt && !sameTokens(by.prompt.tokens, prompt.tokens)) {
        throw new JigsawError(
          "bad-option",
          "the session is of another prompt",
          "Open a session of this one.",
        );
      }
      return sessionOf(shared, by.prompt ? { ...by.prompt, tokens: prompt.tokens } : prompt, {
        cache: by.cache ?? wanted,
        ledger: by.ledger ?? ledger,
        signal: signal && by.signal ? AbortSignal.any([signal, by.signal]) : (by.signal ?? signal),
      });
    },
    async [Symbol.asyncDispose]() {
      if (held) await prompts.release(prompt.tokens);
      held = false;
      await owned?.[Symbol.asyncDispose]();
    },
  };
}

/** Whether two prompts have the same tokens at the same positions. */
const sameTokens = (a: readonly Token[], b: readonly Token[]): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b);

/** The answers' shares of embeddings, one after another; undefined where no answer has any. */
function joinSoft(answers: readonly Answer[], vocabSize: number): Float32Array | undefined {
  if (!answers.some(({ softEmbeddings }) => softEmbeddings)) return undefined;
  const total = answers.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const joined = new Float32Array(total * vocabSize);
  let start = 0;
  for (const { tokens, softEmbeddings } of answers) {
    if (softEmbeddings) joined.set(softEmbeddings, start * vocabSize);
    start += tokens.length;
  }
  return joined;
}
