// The passes of a prompt session: tokens after an encoded prompt and what is kept of the answer, or all of it at once.
import type { Ledger } from "../engine/ledger.ts";
import type { KvSegment, Model } from "../model/model.ts";
import {
  patternOf,
  type Range,
  sequencePositions,
  visibleKeys,
  writeMask,
} from "../sequence/attention-patterns.ts";
import { type KeptNodes, NO_NODES, type Node, shiftRanges } from "./nodes.ts";
import type { Prompt } from "./prompt.ts";
import type { Encoded } from "./prompt-cache.ts";

/** Tokens of an answer whose keys and values are kept, if the session keeps any. */
export interface Kept extends KeptNodes {
  readonly segment: KvSegment | undefined;
}

/** No tokens kept, as at the start of an answer. */
export const NOTHING_KEPT: Kept = { ...NO_NODES, segment: undefined };

/** New nodes that follow one another, and for each how many of them it sees. */
export interface Fresh {
  readonly nodes: readonly Node[];
  readonly ends: readonly number[];
}

/** The tokens that a pass reads after the prompt, and the logits that it gives. */
export interface PassRequest {
  readonly kept: Kept;
  /** Chains that never see one another. */
  readonly fresh: readonly Fresh[];
  /** Indices of the fresh tokens whose logits are wanted; -1 is the prompt's last token. */
  readonly rows: readonly number[];
  /** Shares of embeddings added to the fresh tokens' own, row-major [tokens, vocabSize]. */
  readonly softEmbeddings?: Float32Array | undefined;
}

/** What each fresh token sees of the kept and the fresh tokens. */
function keysOf({ nodes, paths }: KeptNodes, fresh: readonly Fresh[]): (readonly Range[])[] {
  let start = nodes.length;
  return fresh.flatMap((chain) => {
    const after = chain.nodes[0]?.parent;
    const path = after ? paths.get(after)! : [];
    const from = start;
    start += chain.nodes.length;
    return chain.ends.map((end) => [...path, [from, from + end] as const]);
  });
}

/** Row-major [queries, keys]; undefined where every query sees every key. */
function maskOf(seen: readonly (readonly Range[])[], keys: number): { mask?: Uint8Array } {
  const count = (ranges: readonly Range[]) => ranges.reduce((sum, [from, to]) => sum + to - from, 0);
  if (seen.every((ranges) => count(ranges) === keys)) return {};
  const mask = new Uint8Array(seen.length * keys);
  writeMask(seen, mask, keys);
  return { mask };
}

/** The logits of a pass, and the segment that holds what it kept. */
export interface PassResult {
  /** The logits of lists of rows, [rows, vocabSize] for each list. */
  logitsOf(lists: readonly (readonly number[])[]): Float32Array[];
  readonly segment: Kept["segment"];
}

/** @param keep whether the fresh tokens' keys and values are kept, after those kept before */
export type RunPass = (request: PassRequest, keep?: boolean) => Promise<PassResult>;

/**
 * What runs the passes of a prompt.
 * @param encoded gives the encoded prompt; undefined where all is computed anew in every pass
 */
export function passesOf(
  model: Model,
  { tokens, span }: Prompt,
  ledger: Ledger,
  encoded: () => Promise<Encoded | undefined>,
  signal: AbortSignal | undefined,
): RunPass {
  const { vocabSize, jigsaw } = model.config;
  const pattern = patternOf(jigsaw.pattern);
  const { length } = tokens;
  const positions = sequencePositions([span], pattern);
  const positionOf = ({ position }: Node): number => positions.at(-1)! + 1 + position;

  /** Reads fresh tokens after the encoded prompt; no row is -1. */
  const afterEncoded = (
    { kept, fresh, rows, softEmbeddings }: PassRequest,
    prefix: KvSegment,
    keep: boolean,
  ) => {
    const nodes = fresh.flatMap((chain) => chain.nodes);
    const pass = {
      tokens: nodes.map(({ token }) => token),
      past: kept.segment ? [prefix, kept.segment] : [prefix],
      append: kept.segment !== undefined,
      indices: nodes.map(positionOf),
      ...maskOf(keysOf(kept, fresh), kept.nodes.length + nodes.length),
      ...(softEmbeddings && { softEmbeddings }),
    };
    return model.run(pass, { logits: rows, cache: keep }, ledger, "decode");
  };

  /** Reads prompt, kept and fresh tokens, all computed anew. */
  const overAll = ({ kept, fresh, rows, softEmbeddings }: PassRequest) => {
    const nodes = [...kept.nodes, ...fresh.flatMap((chain) => chain.nodes)];
    const total = length + nodes.length;
    const before = length + kept.nodes.length;
    const answer: Range = [length, total];
    const prompt = visibleKeys([span], pattern).map((ranges) =>
      pattern.promptSeesAnswer ? [...ranges, answer] : ranges,
    );
    const own = [...kept.nodes.map(({ end }) => kept.paths.get(end)!), ...keysOf(kept, fresh)];
    const seen = [...prompt, ...own.map((ranges) => [[0, length] as const, ...shiftRanges(ranges, length)])];
    const added = softEmbeddings && new Float32Array(total * vocabSize);
    added?.set(softEmbeddings!, before * vocabSize);
    const pass = {
      tokens: [...tokens, ...nodes.map(({ token }) => token)],
      indices: [...positions, ...nodes.map(positionOf)],
      ...maskOf(seen, total),
      ...(added && { softEmbeddings: added }),
    };
    const logits = rows.map((row) => (row < 0 ? length - 1 : before + row));
    return model.run(pass, { logits, cache: false }, ledger, "decode");
  };

  return async (request, keep = false) => {
    signal?.throwIfAborted();
    const prefix = await encoded();
    signal?.throwIfAborted();
    // The prompt's last token was read when the prompt was encoded.
    const rows = prefix ? request.rows.filter((row) => row >= 0) : request.rows;
    const asked = { ...request, rows };
    const { logits, segment } = !prefix
      ? await overAll(asked)
      : rows.length > 0 || keep
        ? await afterEncoded(asked, prefix.segment, keep)
        : { logits: prefix.logits, segment: request.kept.segment };
    const starts = new Map(rows.map((row, i) => [row, i * vocabSize]));
    const logitsAt = (row: number): Float32Array => {
      const start = starts.get(row);
      return start === undefined ? prefix!.logits : logits.subarray(start, start + vocabSize);
    };
    return {
      segment,
      logitsOf: (lists) =>
        lists.map((list) => {
          const found = new Float32Array(list.length * vocabSize);
          for (const [i, row] of list.entries()) found.set(logitsAt(row), i * vocabSize);
          return found;
        }),
    };
  };
}
