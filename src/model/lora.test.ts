// Adapters in the graph: what is trained, where it starts, what it adds, and its gradients by central differences.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random } from "../core/random.ts";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { evaluate, expectClose, toHost } from "../graph/check.test-helper.ts";
import { differentiate } from "../graph/differentiate.ts";
import { mul, reduceSum } from "../graph/elementwise.ts";
import { linear } from "../graph/linear.ts";
import { reshape } from "../graph/movement.ts";
import { gather } from "../graph/neural.ts";
import { input, type Tensor } from "../graph/tensor.ts";
import { initialWeights } from "./initialize.ts";
import { lora } from "./lora.test-helper.ts";
import {
  embeddingModules,
  initialLora,
  loraEmbedding,
  loraLinear,
  loraParts,
  loraScale,
  loraShapes,
} from "./lora.ts";
import { tinyConfig } from "./tiny.test-helper.ts";

const tied = tinyConfig({ positions: "sequence" });
const untied = { ...tied, tieWordEmbeddings: false };

let cpu: Engine;
beforeAll(async () => {
  cpu = await openNodeEngine({ threads: 1 });
});
afterAll(() => cpu.close());

describe("what is trained", () => {
  it("is two factors for each of the seven matrices of every layer", () => {
    const shapes = loraShapes(tied, lora());
    expect(Object.keys(shapes)).toHaveLength(2 * 7 * tied.layers);
    expect(shapes["model.layers.1.self_attn.q_proj.lora_A.weight"]).toEqual([2, 24]);
    expect(shapes["model.layers.1.self_attn.q_proj.lora_B.weight"]).toEqual([64, 2]);
    expect(shapes["model.layers.0.mlp.down_proj.lora_A.weight"]).toEqual([2, 32]);
  });

  it("is the embedding, as a product or whole, and the head where it is its own", () => {
    const ends = (config: typeof tied, adapter: ReturnType<typeof lora>) =>
      Object.entries(loraShapes(config, adapter)).filter(([name]) => !name.includes("layers"));
    const factors = lora({ targets: ["embed_tokens", "lm_head"] });
    const embedding = [
      ["model.embed_tokens.lora_embedding_A", [2, 64]],
      ["model.embed_tokens.lora_embedding_B", [24, 2]],
    ];
    expect(ends(tied, factors)).toEqual(embedding);
    const head = [
      ["lm_head.lora_A.weight", [2, 24]],
      ["lm_head.lora_B.weight", [64, 2]],
    ];
    expect(ends(untied, factors)).toEqual([...embedding, ...head]);
    for (const [config, names] of [
      [tied, ["model.embed_tokens.weight"]],
      [untied, ["model.embed_tokens.weight", "lm_head.weight"]],
    ] as const) {
      // What is trained whole has no factors beside.
      const saved = lora({ targets: ["q_proj", "embed_tokens"], modulesToSave: embeddingModules(config) });
      expect(ends(config, saved)).toEqual(names.map((name) => [name, [64, 24]]));
    }
  });

  it("is told by the ends of names, as PEFT tells it", () => {
    const modules = (targets: string[]) =>
      Object.keys(loraShapes(tied, lora({ targets }))).filter((_, i) => !(i % 2));
    expect(modules(["0.self_attn.q_proj"])).toEqual(["model.layers.0.self_attn.q_proj.lora_A.weight"]);
    expect(modules(["q_proj"])).toHaveLength(2);
    const norms = Object.keys(loraShapes(tied, lora({ targets: [], modulesToSave: ["norm"] })));
    expect(norms).toEqual(
      expect.arrayContaining(["model.norm.weight", "model.layers.0.self_attn.q_norm.weight"]),
    );
    expect(norms).toHaveLength(1 + 4 * tied.layers);
  });

  it.each([
    [lora({ targets: ["q_proj", "qproj"] }), 'no module is called "qproj"'],
    [lora({ targets: ["proj"] }), 'no module is called "proj"'],
    [lora({ targets: ["norm"] }), 'no module is called "norm"'],
    [lora({ modulesToSave: ["wte"] }), 'no module is called "wte"'],
  ])("is refused where a name means nothing: %#", (adapter, message) => {
    expect(() => loraShapes(tied, adapter)).toThrow(message);
  });
});

describe("a new adapter", () => {
  const adapter = lora({ targets: ["q_proj", "down_proj", "embed_tokens"], modulesToSave: ["q_norm"] });
  const base = initialWeights(tied, 1);
  const weights = initialLora(tied, adapter, 3, base);

  it("has the shapes, and products that are zero", () => {
    expect(Object.fromEntries(Object.entries(weights).map(([n, { dims }]) => [n, dims]))).toEqual(
      loraShapes(tied, adapter),
    );
    for (const [name, { data }] of Object.entries(weights)) {
      const zero = name.endsWith("lora_B.weight") || name.endsWith("embedding_A");
      expect(
        data.every((value) => value === 0),
        name,
      ).toBe(zero);
    }
  });

  it("starts the first factor as torch.nn.Linear does: uniform up to 1 / sqrt(in)", () => {
    const { data, dims } = weights["model.layers.0.mlp.down_proj.lora_A.weight"]!;
    const bound = 1 / Math.sqrt(dims[1]!);
    const largest = Math.max(...data.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.9 * bound);
    const spread = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
    expect(Math.abs(spread / (bound / Math.sqrt(3)) - 1)).toBeLessThan(0.25);
  });

  it("comes from its seed, and copies what is trained whole", () => {
    expect(initialLora(tied, adapter, 3, base)).toEqual(weights);
    const name = "model.layers.0.self_attn.q_proj.lora_A.weight";
    expect(initialLora(tied, adapter, 4, base)[name]).not.toEqual(weights[name]);
    const norm = "model.layers.0.self_attn.q_norm.weight";
    expect(weights[norm]).toEqual(base[norm]);
    expect(weights[norm]!.data).not.toBe(base[norm]!.data);
  });
});

describe("scales", () => {
  it("are alpha / rank, or alpha / sqrt(rank), by the first pattern that fits", () => {
    const patterns = {
      rank: 4,
      alpha: 6,
      rankPattern: { "layers\\.1\\..*": 16, q_proj: 2 },
      alphaPattern: { "^model.layers.0.self_attn.q_proj": 5, proj: 99 },
    };
    const q = (layer: number) => `model.layers.${layer}.self_attn.q_proj`;
    expect([0, 1, 2].map((layer) => loraScale(lora(patterns), q(layer)))).toEqual([5 / 2, 6 / 16, 6 / 2]);
    expect(loraScale(lora({ ...patterns, rsLora: true }), q(1))).toBe(6 / 4);
    // "proj" is not the end of a name by itself.
    expect(loraScale(lora(patterns), "model.layers.0.mlp.up_proj")).toBe(6 / 4);
  });

  it("tell layers apart that cannot share a graph", () => {
    expect(loraParts(tied, lora(), 0)).toEqual(loraParts(tied, lora(), 1));
    const parts = loraParts(tied, lora({ targets: ["q_proj"], alphaPattern: { "layers.1..*": 9 } }), 1);
    expect(parts).toEqual({ "self_attn.q_proj": [2, 4.5] });
    expect(loraParts(tied, lora({ targets: ["layers.0.self_attn.q_proj"] }), 1)).toEqual({});
  });
});

/** One linear layer and one embedding with adapters, on random values. */
const SIZES = { w: [5, 4], a: [2, 4], b: [5, 2], table: [6, 4], ea: [2, 6], eb: [4, 2] } as const;
const adapter = lora({ rank: 2, alpha: 3, rsLora: true, alphaPattern: { embed_tokens: 5 } });
const ids = [1, 5, 0, 5, 2];
const values = Object.fromEntries(
  Object.entries(SIZES).map(([name, shape]) => {
    const { normal } = random("lora", name);
    return [name, { shape, data: Float64Array.from({ length: shape[0] * shape[1] }, normal) }];
  }),
) as Record<keyof typeof SIZES, { shape: readonly [number, number]; data: Float64Array }>;
type Values = typeof values;

/** (E + s (EB EA)')[ids] through W + s B A, in plain loops. */
function reference({ w, a, b, table, ea, eb }: Values): Float64Array {
  const at = ({ shape, data }: Values["w"], i: number, j: number) => data[i * shape[1] + j]!;
  const product = (l: Values["w"], r: Values["w"], i: number, j: number) =>
    Array.from({ length: 2 }, (_, k) => at(l, i, k) * at(r, k, j)).reduce((x, y) => x + y);
  const out = new Float64Array(ids.length * 5);
  for (const [row, id] of ids.entries()) {
    for (let o = 0; o < 5; o++) {
      for (let i = 0; i < 4; i++) {
        const x = at(table, id, i) + (5 / Math.SQRT2) * product(eb, ea, i, id);
        out[row * 5 + o]! += x * (at(w, o, i) + (3 / Math.SQRT2) * product(b, a, o, i));
      }
    }
  }
  return out;
}

describe("what an adapter adds", () => {
  const part = "self_attn.q_proj";
  const tensors = Object.fromEntries(
    Object.entries(SIZES).map(([name, shape]) => [name, input(name, shape, "float64")]),
  ) as Record<keyof typeof SIZES, Tensor>;
  const { w, a, b, table, ea, eb } = tensors;
  const plain = (x: Tensor) => linear(x, w);
  const embedding = loraEmbedding(
    (t) => gather(table, t),
    { "model.embed_tokens.lora_embedding_A": ea, "model.embed_tokens.lora_embedding_B": eb },
    adapter,
  );
  const embedded = embedding(input("ids", [ids.length], "int64"));
  const named = { [`model.layers.0.${part}.lora_A.weight`]: a, [`model.layers.0.${part}.lora_B.weight`]: b };
  const parts = { [`${part}.lora_A.weight`]: a, [`${part}.lora_B.weight`]: b };
  const graphs = {
    "by whole names": loraLinear(plain, named, adapter)(embedded, `model.layers.0.${part}.weight`),
    "by a layer's parts": loraLinear(plain, parts, adapter, 0)(embedded, part),
  };
  const feeds = {
    ids: { dims: [ids.length], data: BigInt64Array.from(ids, BigInt) },
    ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toHost(value, "float64")])),
  };

  it.each(Object.entries(graphs))("is its product, %s", async (_, y) => {
    const found = await evaluate(cpu, { y }, feeds);
    expectClose(found.y!, { shape: [ids.length, 5], data: reference(values) }, 1e-12, "y");
  });

  it("is nothing to a matrix that is no target", () => {
    const x = input("x", [3, 4]);
    expect(loraLinear((t) => t, parts, adapter, 0)(x, "self_attn.k_proj")).toBe(x);
  });

  it("has the gradients of central differences", async () => {
    const y = graphs["by whole names"];
    const { normal } = random("lora", "outside");
    const outside = Float64Array.from({ length: ids.length * 5 }, normal);
    const loss = reshape(reduceSum(mul(y, input("outside", [ids.length, 5], "float64")), [0, 1]), []);
    const names = Object.keys(SIZES) as (keyof typeof SIZES)[];
    const gradients = differentiate(
      loss,
      names.map((name) => tensors[name]),
    );
    const found = await evaluate(
      cpu,
      Object.fromEntries(names.map((name, i) => [`d${name}`, gradients[i]!])),
      {
        ...feeds,
        outside: { dims: [ids.length, 5], data: outside },
      },
    );
    const lossAt = (moved: Values) =>
      reference(moved).reduce((sum, value, i) => sum + value * outside[i]!, 0);
    for (const name of names) {
      const slope = (n: number) => {
        const [up, down] = [1e-5, -1e-5].map((step) => {
          const data = values[name].data.map((value, i) => value + (i === n ? step : 0));
          return lossAt({ ...values, [name]: { ...values[name], data } });
        });
        return (up! - down!) / 2e-5;
      };
      const wanted = { shape: [...SIZES[name]], data: values[name].data.map((_, n) => slope(n)) };
      expectClose(found[`d${name}`]!, wanted, 1e-7, `the gradient of ${name}`);
    }
  });
});
