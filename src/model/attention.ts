// Grouped-query attention over a list of key segments, whose scores are concatenated.
import { times } from "../graph/dims.ts";
import { add, mul, neg, reduceSum } from "../graph/elementwise.ts";
import { matmul, swapLast } from "../graph/linear.ts";
import {
  concat,
  expand,
  reshape,
  slice,
  sliceBetween,
  splitLike,
  tile,
  transpose,
} from "../graph/movement.ts";
import { softmax } from "../graph/neural.ts";
import { constant, customVjp, type Dim, type Tensor } from "../graph/tensor.ts";

/** Keys and values of one layer: [batch, kvHeads, length, headDim] each. */
export interface KeysValues {
  readonly k: Tensor;
  readonly v: Tensor;
}

/** Queries in one chunk share one matrix of scores, so that memory stays bounded for long prompts. */
export const CHUNK = 512;

/**
 * Chunks of queries whose limits are fed when the graph runs, int64. Chunk 0 attends to all segments; the others attend
 * to the beginning of the last segment only, so that no score is computed of keys that are hidden from the whole chunk.
 * Any chunk may be empty.
 */
export interface QueryChunks {
  readonly count: number;
  /** [count + 1]: chunk i has the queries starts[i] to starts[i + 1] - 1. */
  readonly starts: Tensor;
  /** [count]: chunk i attends to the last segment's first keyEnds[i] keys; chunk 0 to all. */
  readonly keyEnds: Tensor;
}

/**
 * softmax(q k' + bias) v for queries folded as [batch, kvHeads, rows, headDim], over segments whose scores are
 * concatenated, so that cached keys and values are never copied. The bias is the last segment's: every query sees the
 * earlier segments whole. Differentiable for a single segment.
 */
function attend(q: Tensor, segments: readonly KeysValues[], bias: Tensor | undefined): Tensor {
  const keys = segments.map(({ k }) => k);
  const scores = keys.map((k) => matmul(q, swapLast(k)));
  if (bias) scores.push(add(scores.pop()!, bias));
  const p = softmax(concat(scores, -1));
  const output = splitLike(p, -1, keys, 2)
    .map((part, i) => matmul(part, segments[i]!.v))
    .reduce(add);
  if (segments.length > 1) return output;
  const { k, v } = segments[0]!;
  return customVjp([q, k, v], output, (g) => {
    // Softmax's gradient is p * (dp - rowsum(p * dp)). That sum equals rowsum(g * output), which is headDim wide instead
    // of keys wide, and is taken off by the product that gives dp: as one more column of g, against ones.
    const below = neg(reduceSum(mul(g, output), [-1]));
    const ones = expand(constant([1], [1, 1, 1, 1], v.dtype), slice(v, -1, 0, 1));
    const ds = mul(p, matmul(concat([g, below], -1), swapLast(concat([v, ones], -1))));
    // x' y as (y' x)': transposing the narrow y is cheaper than transposing the scores.
    const across = (x: Tensor, y: Tensor) => swapLast(matmul(swapLast(y), x));
    return [matmul(ds, k), across(ds, q), across(p, g)];
  });
}

interface Chunk {
  /** Slices an axis of queries. */
  readonly rows: (t: Tensor, axis: number) => Tensor;
  readonly segments: readonly KeysValues[];
  /** Slices an axis of the last segment's keys. */
  readonly keys: (t: Tensor, axis: number) => Tensor;
}

const same = (t: Tensor): Tensor => t;

const evenChunks = (segments: readonly KeysValues[], count: number): Chunk[] =>
  Array.from({ length: count }, (_, i) => ({
    segments,
    keys: same,
    rows: (t, axis) =>
      count === 1 ? t : slice(t, axis, i * CHUNK, i < count - 1 ? (i + 1) * CHUNK : undefined),
  }));

function fedChunks(segments: readonly KeysValues[], { count, starts, keyEnds }: QueryChunks): Chunk[] {
  const zero = constant([0], [1], "int64");
  const start = Array.from({ length: count + 1 }, (_, i) => slice(starts, 0, i, i + 1));
  const last = segments.at(-1)!;
  return Array.from({ length: count }, (_, i) => {
    const rows: Chunk["rows"] = (t, axis) => sliceBetween(t, axis, start[i]!, start[i + 1]!, `chunk${i}`);
    if (i === 0) return { rows, segments, keys: same };
    const end = slice(keyEnds, 0, i, i + 1);
    const keys: Chunk["keys"] = (t, axis) => sliceBetween(t, axis, zero, end, `keyEnds${i}`);
    return { rows, segments: [{ k: keys(last.k, 2), v: keys(last.v, 2) }], keys };
  });
}

/**
 * Attention of queries [batch, tokens, heads, headDim], scaled already, to `segments`: [batch * tokens, heads * headDim].
 * The heads that share keys are folded into rows, so keys and values are never repeated.
 *
 * @param bias added to the scores of the last segment, [batch, 1, tokens, its keys]; none where all are visible
 * @param chunks the chunks of queries; or how many of `CHUNK` queries each (the last may be shorter)
 */
export function attention(
  q: Tensor,
  segments: readonly KeysValues[],
  bias?: Tensor,
  chunks: number | QueryChunks = 1,
): Tensor {
  const [batch, tokens, heads, headDim] = q.shape;
  const kvHeads = segments[0]!.k.shape[1]!;
  const group = (heads as number) / (kvHeads as number);
  const grouped = transpose(reshape(q, [batch!, tokens!, kvHeads, group, headDim!]), [0, 2, 3, 1, 4]);
  const list = typeof chunks === "number" ? evenChunks(segments, chunks) : fedChunks(segments, chunks);
  const parts = list.map((chunk) => {
    const queries = chunk.rows(grouped, 3);
    const length: Dim = queries.shape[3]!;
    const folded = reshape(queries, [batch!, kvHeads, times(group, length), headDim!]);
    const out = attend(folded, chunk.segments, bias && tile(chunk.keys(chunk.rows(bias, 2), 3), 2, group));
    return reshape(out, [batch!, kvHeads, group, length, headDim!]);
  });
  const joined = transpose(concat(parts, 3), [0, 3, 1, 2, 4]);
  return reshape(joined, [times(batch!, tokens!), times(heads!, headDim!)]);
}
