// Attention and rotary positions against their meaning in float64, on every device that is here.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node.ts";
import {
  type Case,
  type CheckOptions,
  checkAlong,
  checkEach,
  evaluate,
  expectClose,
  runCase,
} from "../graph/check.test-helper.ts";
import { cast, scale } from "../graph/elementwise.ts";
import { type Array64, at, sum, tabulate } from "../graph/reference.test-helper.ts";
import { input, type Tensor } from "../graph/tensor.ts";
import { openWebgpu } from "../graph/webgpu.test-helper.ts";
import { random } from "../random.ts";
import { attention, CHUNK } from "./attention.ts";
import type { Qwen3Config } from "./config.ts";
import { biasOf } from "./pass.ts";
import { frequencies, rotate, rotation } from "./rotary.ts";

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

const rotaryConfig = (positions: "sequence" | "grid", headDim: number): Qwen3Config => ({
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
        graph: (x, coordinates) => rotate(x!, rotation(config, cast(coordinates!, x!.dtype))),
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

const all = Object.entries({ ...attentions, ...rotaries });
const { engine: webgpu, missing } = await openWebgpu();
let cpu: Engine;
beforeAll(async () => {
  cpu = await openNodeEngine({ threads: 4 });
});
afterAll(() => Promise.all([cpu.close(), webgpu?.close()]));

describe("attention and rotary positions", () => {
  const lengths = { T: 5, P: 3 };
  const kinds: [string, CheckOptions][] = [
    ["in float64", { lengths, real: "float64", tolerance: 1e-12 }],
    ["in float32, with named lengths", { lengths, named: true, tolerance: 4e-6 }],
  ];
  describe.each(kinds)("%s", (_, options) => {
    it.each(all)("%s", (_, test) => checkEach(cpu, test, options));
  });

  it.each(all)("at a length that threads share: %s", (_, test) =>
    checkAlong(cpu, test, { lengths: { T: 80, P: 40 }, named: true, tolerance: 5e-5 }),
  );

  it.skipIf(!webgpu).each(all)(`on WebGPU ${missing}: %s`, async (_, test) => {
    const options = { lengths: { T: 19, P: 7 }, named: true };
    const there = await runCase(webgpu!, test, options);
    const here = await runCase(cpu, test, options);
    expectClose(there.found.value!, there.value, 1e-5, "the value");
    for (const [name, wanted] of Object.entries(here.found))
      expectClose(there.found[name]!, wanted, 1e-5, name);
  });
});

describe("a query that sees nothing", () => {
  // So it is for padding. What it gives is never used, but NaN would spread to the weights all the same.
  it.for(["cpu", "webgpu"])("gives numbers, and its gradients are numbers: %s", async (device, context) => {
    const engine = device === "cpu" ? cpu : webgpu;
    if (!engine) return context.skip(missing);
    const hidden: Case = {
      ...attentions["under a mask"]!,
      graph: (q, k, v, mask) => {
        const nothing = cast(scale(cast(mask!, "float32"), 0), "bool");
        return attention(q!, [{ k: k!, v: v! }], biasOf(nothing));
      },
    };
    const { found } = await runCase(engine, hidden, { lengths: { T: 4 } });
    for (const { data } of Object.values(found)) expect(data.every(Number.isFinite)).toBe(true);
  });
});

describe("attention in chunks of queries", () => {
  const lengths = [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 7];
  it.each(lengths)("gives what it gives in one piece: %i tokens", async (tokens) => {
    const chunks = Math.ceil(tokens / CHUNK);
    const q = input("q", [1, "T", 2, 4]);
    const [k, v, pastK, pastV] = ["T", "T", "P", "P"].map((length, i) => input(`kv${i}`, [1, 1, length, 4]));
    const mask = input("mask", [1, 1, "T", "T"], "bool");
    const segments = [
      { k: pastK!, v: pastV! },
      { k: k!, v: v! },
    ];
    const draw = random("chunks", tokens);
    const noise = (dims: number[]) => {
      const data = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => draw.normal());
      return { dims, data };
    };
    const seen = Uint8Array.from({ length: tokens * tokens }, () => +draw.chance(0.5));
    const found = await evaluate(
      cpu,
      {
        whole: attention(q, segments, biasOf(mask)),
        parts: attention(q, segments, biasOf(mask), chunks),
      },
      {
        q: noise([1, tokens, 2, 4]),
        kv0: noise([1, 1, tokens, 4]),
        kv1: noise([1, 1, tokens, 4]),
        kv2: noise([1, 1, 9, 4]),
        kv3: noise([1, 1, 9, 4]),
        mask: { dims: [1, 1, tokens, tokens], data: seen, bool: true },
      },
    );
    expect(found.whole!.shape).toEqual([tokens, 8]);
    expectClose(found.parts!, found.whole!, 1e-6, "in chunks");
  });
});

describe("rotary frequencies", () => {
  it("of positions in sequence fall from 1 in equal ratios", () => {
    const table = frequencies(rotaryConfig("sequence", 8));
    for (const [i, wanted] of [1, 100 ** -0.25, 100 ** -0.5, 100 ** -0.75].entries()) {
      expect(table[i]).toEqual([expect.closeTo(wanted, 12)]);
    }
  });

  it("of grid positions give each axis its share and leave a share still", () => {
    const table = frequencies(rotaryConfig("grid", 32));
    const axes = table.map((row) => row.findIndex((frequency) => frequency > 0));
    expect(axes).toEqual([0, 0, 0, 0, 1, 1, 1, 2, 2, 2, -1, -1, -1, -1, -1, -1]);
    expect(table[0]).toEqual([1, 0, 0]);
    expect(table[5]).toEqual([0, expect.closeTo(100 ** (-1 / 3), 12), 0]);
  });

  it("stay exact far from the start", async () => {
    const config = rotaryConfig("sequence", 4);
    const turn = rotation(config, input("coordinates", [1, 2, 1]));
    const places = [4095, 40_959];
    const coordinates = { dims: [1, 2, 1], data: Float32Array.from(places) };
    const found = await evaluate(cpu, { cos: turn.cos, sin: turn.sin }, { coordinates });
    const angles = places.flatMap((place) => [place, place / 10, place, place / 10]);
    const wanted = (f: (angle: number, i: number) => number) => ({
      shape: [1, 2, 1, 4],
      data: Float64Array.from(angles, f),
    });
    const turned = (angle: number, i: number) => Math.sin(angle) * (i % 4 < 2 ? -1 : 1);
    expectClose(found.cos!, wanted(Math.cos), 1e-7, "cosines");
    expectClose(found.sin!, wanted(turned), 1e-7, "sines");
  });
});
