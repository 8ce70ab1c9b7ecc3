// Tokens that grow from a prompt in branches, their keys and values kept in one segment: what typewriters have written,
// finished blocks, the trees of searches. Branches that were given up are cut from the segment when they are the greater
// part of it (as the ARChitects cut their cache back; Franzen et al. 2024).
import type { Model } from "../model/model.ts";
import { type AnswerAttention, answerEnds } from "../sequence/attention-patterns.ts";
import type { Token } from "../sequence/tokens.ts";
import { ancestors, NO_NODES, type Node, nodesOf, withNodes } from "./nodes.ts";
import { type Fresh, type Kept, NOTHING_KEPT, type RunPass } from "./passes.ts";

/** Tokens that are read after the prompt, and which of them are to be predicted. */
export interface Answer {
  readonly tokens: readonly Token[];
  /** Indices of tokens; where a model predicts the next token, `tokens.length` is the one that follows. */
  readonly predict: readonly number[];
  /** Under the attention `blocks`: for each token, the index after the last token of its block. */
  readonly blockEnds?: readonly number[];
  /** Shares of embeddings added to the tokens' own, row-major [tokens, vocabSize] (see `Pass`). */
  readonly softEmbeddings?: Float32Array;
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

/** The branches of one session. They share one segment of keys and values, which disposing frees. */
export interface Branches extends AsyncDisposable {
  /** Appends chains, all in one pass; they never see one another. */
  append(chains: readonly Chain[]): Promise<Appended[]>;
  /** Predicts as the session does, after tokens of these branches; nothing more is kept. */
  predict(answers: readonly Answer[], attention?: AnswerAttention): Promise<Float32Array[]>;
  /** Drops all tokens but these and those that they follow. */
  keep(nodes: Iterable<Node>): Promise<void>;
}

/** Where each list of tokens begins when all lie one after another. */
export function startsOf(lists: readonly { readonly tokens: readonly Token[] }[]): number[] {
  let start = 0;
  return lists.map(({ tokens }) => {
    const from = start;
    start += tokens.length;
    return from;
  });
}

/** The tokens of an answer or a chain as new nodes, and how far each of them sees. */
export function freshOf(
  {
    after,
    tokens,
    blockEnds,
    position,
  }: Pick<Chain, "tokens" | "blockEnds" | "position"> & Pick<Answer, "after">,
  attention: AnswerAttention,
): Fresh {
  const ends = answerEnds(attention, { length: tokens.length, ...(blockEnds && { ends: blockEnds }) });
  return { nodes: nodesOf(after, tokens, ends, position), ends };
}

/** @param predict reads answers after what is kept, as a session does */
export function openBranches(
  model: Model,
  run: RunPass,
  predict: (kept: Kept, answers: readonly Answer[], attention?: AnswerAttention) => Promise<Float32Array[]>,
  signal: AbortSignal | undefined,
): Branches {
  let kept = NOTHING_KEPT;
  const free = async (segment: Kept["segment"]): Promise<void> => {
    if (segment) await model.free(segment);
  };
  return {
    async append(chains) {
      const fresh = chains.map((chain) => freshOf(chain, chain.blockEnds ? "blocks" : "causal"));
      const starts = startsOf(chains);
      const rows = chains.map(({ tokens, predict = [...tokens.keys()] }, c) =>
        predict.map((i) => starts[c]! + i),
      );
      const { segment, logitsOf } = await run({ kept, fresh, rows: rows.flat() }, true);
      if (kept.segment !== segment) await free(kept.segment);
      const added = fresh.flatMap(({ nodes }) => nodes);
      kept = { ...withNodes(kept, added), segment };
      const logits = logitsOf(rows);
      return fresh.map(({ nodes }, i) => ({ nodes, logits: logits[i]! }));
    },
    predict: (answers, attention) => predict(kept, answers, attention),
    async keep(nodes) {
      signal?.throwIfAborted();
      const live = ancestors(nodes);
      // Cutting copies what stays, so it is put off until it halves what later passes attend to.
      if (kept.segment && kept.nodes.length < 2 * live.size) return;
      const staying = [...kept.nodes.keys()].filter((i) => live.has(kept.nodes[i]!));
      if (staying.length === kept.nodes.length) return;
      const { segment } = kept;
      const rest = segment && staying.length > 0 ? await model.gather(segment, staying) : undefined;
      const left = staying.map((i) => kept.nodes[i]!);
      kept = { ...withNodes(NO_NODES, left), segment: rest };
      await free(segment);
    },
    async [Symbol.asyncDispose]() {
      await free(kept.segment);
      kept = NOTHING_KEPT;
    },
  };
}
