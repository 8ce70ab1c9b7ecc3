// A prompt before a model: encoded once, on first use, by whoever asks first; sizes, decoding and scores share it.
import { JigsawError } from "../core/errors.ts";
import { type Ledger, newLedger } from "../engine/ledger.ts";
import type { Model } from "../model/model.ts";
import { type AnswerAttention, patternOf } from "../sequence/attention-patterns.ts";
import type { Token } from "../sequence/tokens.ts";
import { encodePrompt } from "./encode.ts";
import { ancestors, NO_NODES, type Node, nodesOf, withNodes } from "./nodes.ts";
import { type Kept, NOTHING_KEPT, type PassRequest, passesOf } from "./passes.ts";
import type { Prompt, Reader } from "./prompt.ts";
import { type Encoded, openPromptCache, type PromptCache } from "./prompt-cache.ts";

/** What decoders can keep: `prompt` encodes it once; `none` computes all of it in every pass (the original's way). */
export const PROMPT_CACHES = ["prompt", "none"] as const;
/** Of some decoders: `blocks` computes finished blocks of the answer once, too. */
export const CACHES = [...PROMPT_CACHES, "blocks"] as const;
export type Cache = (typeof CACHES)[number];

/** Tokens that are read after the prompt, and which of them are to be predicted. */
export interface Answer {
  readonly tokens: readonly Token[];
  /** Indices of tokens; where a model predicts the next token, `tokens.length` is the one that follows. */
  readonly predict: readonly number[];
  /** Under the attention `blocks`: for each token, the index after the last token of its block. */
  readonly blockEnds?: readonly number[];
  /** Shares of embeddings added to the tokens' own, row-major [tokens, vocabSize] (see `Pass`). */
  readonly soft?: Float32Array;
  /** The kept token that these follow; the prompt where left out. */
  readonly after?: Node | undefined;
}

/** Tokens that are appended to a branch, or to the prompt. */
export interface Chain {
  readonly after: Node | undefined;
  readonly tokens: readonly Token[];
  /** As in `Answer`; without them each token sees those before it. */
  readonly blockEnds?: readonly number[];
  /** The position of the first token after the prompt, where it is not the one after `after`'s. */
  readonly position?: number;
  /** Indices of the tokens after which a prediction is wanted; all by default. */
  readonly predict?: readonly number[];
}

/** A chain's tokens, kept, and the logits after those asked for, row-major [asked, vocabSize]. */
export interface Appended {
  readonly nodes: readonly Node[];
  readonly logits: Float32Array;
}

/** Tokens that follow a prompt and one another, and whose keys and values are kept, as far as the session keeps any. */
export interface Branches extends AsyncDisposable {
  /** Appends chains, all in one pass. */
  append(chains: readonly Chain[]): Promise<Appended[]>;
  /** As the session's, after tokens of these branches. */
  predict(answers: readonly Answer[], attention?: AnswerAttention): Promise<Float32Array[]>;
  /** Drops all tokens but these and those that they follow. */
  keep(nodes: Iterable<Node>): Promise<void>;
}

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
  /** The same encoded prompt, asked by somebody else: with a ledger, signal, cache or answer format of their own. */
  share(by: SessionOptions & { readonly prompt?: Prompt }): PromptSession;
}

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

/** The logits of a pass by row, and the segment that holds what it kept. */
interface Rows {
  logitsOf(row: number): Float32Array;
  readonly segment: Kept["segment"];
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
  const passes = passesOf(model, prompt, ledger);
  let held = false;

  const encoded = async (): Promise<Encoded> => {
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

  /** Runs a pass where its rows are asked for, or its tokens are to be kept. */
  const run = async (request: PassRequest, keep = false): Promise<Rows> => {
    signal?.throwIfAborted();
    const prefix = cache === "none" ? undefined : await encoded();
    const rows = prefix ? request.rows.filter((row) => row >= 0) : request.rows;
    if (prefix && rows.length === 0 && !keep) {
      return { logitsOf: () => prefix.logits, segment: request.kept.segment };
    }
    signal?.throwIfAborted();
    const asked = { ...request, rows };
    const { logits, segment } = await (prefix
      ? passes.afterEncoded(asked, prefix.segment, keep)
      : passes.overAll(asked));
    const starts = new Map(rows.map((row, i) => [row, i * vocabSize]));
    return {
      logitsOf(row) {
        const start = starts.get(row);
        return start === undefined ? prefix!.logits : logits.subarray(start, start + vocabSize);
      },
      segment,
    };
  };

  const endsOf = (
    attention: AnswerAttention,
    count: number,
    blockEnds?: readonly number[],
  ): readonly number[] =>
    Array.from({ length: count }, (_, i) =>
      attention === "full" ? count : attention === "blocks" ? (blockEnds?.[i] ?? i + 1) : i + 1,
    );

  const rowsOf = (lists: readonly (readonly number[])[], found: Rows) =>
    lists.map((rows) => {
      const logits = new Float32Array(rows.length * vocabSize);
      for (const [i, row] of rows.entries()) logits.set(found.logitsOf(row), i * vocabSize);
      return logits;
    });

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
    const before = Number(attention === "causal" || jigsaw.shift);
    let start = 0;
    const rows = answers.map(({ tokens, predict }) => {
      const from = start;
      start += tokens.length;
      return predict.map((i) => (i < before ? -1 : from + i - before));
    });
    const fresh = answers.map(({ tokens, after, blockEnds }) => {
      const ends = endsOf(attention, tokens.length, blockEnds);
      return { nodes: nodesOf(after, tokens, ends), ends };
    });
    const softs = answers.map(({ soft }) => soft);
    const soft = softs.some(Boolean) ? joinSoft(answers, vocabSize) : undefined;
    return rowsOf(rows, await run({ kept, fresh, rows: rows.flat(), soft }));
  };

  const session: PromptSession = {
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
          blockEnds: [...tokens, mask].map((_, i) => i + 1),
        })),
      );
    },
    once<T>(key: string, work: () => Promise<T>) {
      const found = (known.get(key) as Promise<T> | undefined) ?? work();
      known.set(key, found);
      found.catch(() => known.delete(key));
      return found;
    },
    branches: () => openBranches(),
    share: ({ prompt: other = prompt, ...by }) =>
      sessionOf(shared, other, { cache: wanted, ledger, signal, ...by }),
    async [Symbol.asyncDispose]() {
      if (held) await prompts.release(prompt.tokens);
      held = false;
      await owned?.[Symbol.asyncDispose]();
    },
  };

  function openBranches(): Branches {
    let kept = NOTHING_KEPT;
    return {
      async append(chains) {
        const fresh = chains.map(({ after, tokens, blockEnds, position }) => {
          const ends = endsOf(blockEnds ? "blocks" : "causal", tokens.length, blockEnds);
          return { nodes: nodesOf(after, tokens, ends, position), ends };
        });
        let start = 0;
        const rows = chains.map(({ tokens, predict = [...tokens.keys()] }) => {
          const from = start;
          start += tokens.length;
          return predict.map((i) => from + i);
        });
        const found = await run({ kept, fresh, rows: rows.flat() }, true);
        if (kept.segment && kept.segment !== found.segment) await model.free(kept.segment);
        kept = {
          ...withNodes(
            kept,
            fresh.flatMap(({ nodes }) => nodes),
          ),
          segment: found.segment,
        };
        const logits = rowsOf(rows, found);
        return fresh.map(({ nodes }, i) => ({ nodes, logits: logits[i]! }));
      },
      predict: (answers, attention) => predictAfter(kept, answers, attention),
      async keep(nodes) {
        signal?.throwIfAborted();
        const live = ancestors(nodes);
        // Cutting copies what stays, so it is put off until it halves what later passes attend to.
        if (kept.segment && kept.nodes.length < 2 * live.size) return;
        const staying = [...kept.nodes.keys()].filter((i) => live.has(kept.nodes[i]!));
        if (staying.length === kept.nodes.length) return;
        const { segment } = kept;
        const rest = segment && staying.length > 0 ? await model.select(segment, staying) : undefined;
        kept = {
          ...withNodes(
            NO_NODES,
            staying.map((i) => kept.nodes[i]!),
          ),
          segment: rest,
        };
        if (segment) await model.free(segment);
      },
      async [Symbol.asyncDispose]() {
        if (kept.segment) await model.free(kept.segment);
        kept = NOTHING_KEPT;
      },
    };
  }
  return session;
}

/** The answers' shares of embeddings, one after another. */
function joinSoft(answers: readonly Answer[], vocabSize: number): Float32Array {
  const total = answers.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const joined = new Float32Array(total * vocabSize);
  let start = 0;
  for (const { tokens, soft } of answers) {
    if (soft) joined.set(soft, start * vocabSize);
    start += tokens.length;
  }
  return joined;
}
