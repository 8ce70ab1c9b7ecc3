// Attention and rotary positions in all their forms, each with its meaning.
import type { Case } from "../graph/check.test-helper.ts";
import { cast, scale } from "../graph/elementwise.ts";
import { type Array64, at, sum, tabulate } from "../graph/reference.test-helper.ts";
import type { Tensor } from "../graph/tensor.ts";
import { attention } from "./attention.ts";
import type { Qwen3Config } from "./config.ts";
import { biasOf } from "./forward.ts";
import { applyRope, cosSin, frequencies } from "./rope.ts";

interface Segment {
  readonly k: Array64;
  readonly v: Array64;
}

/** Attention as it is written in textbooks: one query, one head at a time. `sees` is asked for the last segment. */
function attended(
  q: Array64,
  segments: readonly Segment[],
  bias: (b: number, query: number, key: number) => number,
): Array64 {
  const [batch, tokens, heads, headDim] = q.shape as [number, number, number, number];
  const group = heads / segments[0]!.k.shape[1]!;
  const rows = new Map<string, number[]>();
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < tokens; t++) {
      for (let h = 0; h < heads; h++) {
        const head = Math.floor(h / group);
        const keys = segments.flatMap((segment, s) =>
          Array.from({ length: segment.k.shape[2]! }, (_, j) => ({
            segment,
            last: s === segments.length - 1,
            j,
          })),
        );
        const scores = keys.map(({ segment, last, j }) => {
          const dot = sum(headDim, (d) => at(q, [b, t, h, d]) * at(segment.k, [b, head, j, d]));
          return dot + (last ? bias(b, t, j) : 0);
        });
        const top = Math.max(...scores);
        const powers = scores.map((score) => Math.exp(score - top));
        const total = powers.reduce((a, x) => a + x, 0);
        const row = Array.from({ length: headDim }, (_, d) =>
          keys.reduce((a, { segment, j }, n) => a + (powers[n]! / total) * at(segment.v, [b, head, j, d]), 0),
        );
        rows.set(`${b} ${t} ${h}`, row);
      }
    }
  }
  return tabulate([batch * tokens, heads * headDim], ([row, column]) => {
    const [b, t, h] = [Math.floor(row! / tokens), row! % tokens, Math.floor(column! / headDim)];
    return rows.get(`${b} ${t} ${h}`)![column! % headDim]!;
  });
}

const keys = (kvHeads: number, length: string | number = "T") => ({ shape: [2, kvHeads, length, 6] });

const grouped = (heads: number, kvHeads: number): Case => ({
  operands: [{ shape: [2, "T", heads, 6] }, keys(kvHeads), keys(kvHeads)],
  graph: (q, k, v) => attention(q!, [{ k: k!, v: v! }]),
  reference: (q, k, v) => attended(q!, [{ k: k!, v: v! }], () => 0),
});

const attentions: Record<string, Case> = {
  "four heads on two": grouped(4, 2),
  "every head on its own": grouped(2, 2),
  "all heads on one": grouped(3, 1),
  "with a bias": {
    operands: [{ shape: [2, "T", 4, 6] }, keys(2), keys(2), { shape: [2, 1, "T", "T"] }],
    graph: (q, k, v, bias) => attention(q!, [{ k: k!, v: v! }], bias),
    reference: (q, k, v, bias) => attended(q!, [{ k: k!, v: v! }], (b, i, j) => at(bias!, [b, 0, i, j])),
    gradients: [0, 1, 2],
  },
  "under a mask": {
    operands: [{ shape: [2, "T", 4, 6] }, keys(2), keys(2), { shape: [2, 1, "T", "T"], draw: "mask" }],
    graph: (q, k, v, mask) => attention(q!, [{ k: k!, v: v! }], castBias(mask!, q!)),
    reference: (q, k, v, mask) =>
      attended(q!, [{ k: k!, v: v! }], (b, i, j) => (at(mask!, [b, 0, i, j]) ? 0 : -1e9)),
  },
  "over two cached segments": {
    operands: [{ shape: [2, "T", 4, 6] }, ...["P", "P", 1, 1, "T", "T"].map((length) => keys(2, length))],
    graph: (q, ...kv) => attention(q!, pairs(kv)),
    reference: (q, ...kv) => attended(q!, pairs(kv), () => 0),
    gradients: [],
  },
  "a mask on the last segment only": {
    operands: [
      { shape: [2, "T", 4, 6] },
      ...["P", "P", "T", "T"].map((length) => keys(2, length)),
      { shape: [2, 1, "T", "T"], draw: "mask" },
    ],
    graph: (q, ...kv) => attention(q!, pairs(kv.slice(0, 4)), castBias(kv[4]!, q!)),
    reference: (q, ...kv) =>
      attended(q!, pairs(kv.slice(0, 4)), (b, i, j) => (at(kv[4]!, [b, 0, i, j]) ? 0 : -1e9)),
    gradients: [],
  },
};

const pairs = <T>(flat: readonly T[]): { k: T; v: T }[] =>
  Array.from({ length: flat.length / 2 }, (_, i) => ({ k: flat[2 * i]!, v: flat[2 * i + 1]! }));

const castBias = (mask: Tensor, like: Tensor) => cast(biasOf(mask), like.dtype);

export const rotaryConfig = (positions: "sequence" | "grid", headDim: number): Qwen3Config => ({
  hiddenSize: 8,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  headDim,
  intermediateSize: 8,
  vocabSize: 8,
  ropeTheta: 100,
  rmsNormEps: 1e-6,
  tieWordEmbeddings: true,
  maxPositions: 64,
  initializerRange: 0.02,
  jigsaw: {
    objectives: ["masked-diffusion"],
    pattern: "prefix",
    positions,
    maskToken: 0,
    shift: false,
    blockSize: null,
  },
});

const rotaries: Record<string, Case> = Object.fromEntries(
  (["sequence", "grid"] as const).map((positions) => {
    const config = rotaryConfig(positions, 16);
    const table = frequencies(config);
    const axes = table[0]!.length;
    return [
      `${positions} positions`,
      {
        operands: [{ shape: [2, "T", 3, 16] }, { shape: [2, "T", axes], draw: { below: 30 } }],
        graph: (x, coordinates) => applyRope(x!, cosSin(config, cast(coordinates!, x!.dtype))),
        reference: (x, coordinates) =>
          tabulate(x!.shape, ([b, t, h, d]) => {
            const pair = d! % 8;
            const angle = sum(axes, (a) => table[pair]![a]! * at(coordinates!, [b!, t!, a]));
            const [first, second] = [at(x!, [b!, t!, h!, pair]), at(x!, [b!, t!, h!, pair + 8])];
            const [c, s] = [Math.cos(angle), Math.sin(angle)];
            return d! < 8 ? first * c - second * s : second * c + first * s;
          }),
      } satisfies Case,
    ];
  }),
);

export const attentionCases = Object.entries({ ...attentions, ...rotaries });

/** A query that sees nothing, as padding does. */
export const blind: Case = {
  ...attentions["under a mask"]!,
  graph: (q, k, v, mask) => {
    const nothing = cast(scale(cast(mask!, "float32"), 0), "bool");
    return attention(q!, [{ k: k!, v: v! }], biasOf(nothing));
  },
};
