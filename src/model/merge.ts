// Adapters merged into the weights that they change: W + scale B A, in float32.
import type { Engine, HostTensor } from "../engine/engine.ts";
import { add, mul } from "../graph/elementwise.ts";
import { gemm } from "../graph/linear.ts";
import { toOnnx } from "../graph/onnx.ts";
import { input } from "../graph/tensor.ts";
import { type Adapter, EMBEDDING_MODULE, factorsOf, loraScale, moduleOf } from "./lora.ts";
import type { Weight, Weights } from "./weights.ts";

const weight = () => input("weight", ["rows", "columns"]);

/** W + scale B A, of whatever sizes. */
function linearGraph() {
  const b = mul(input("b", ["rows", "rank"]), input("scale", []));
  return { merged: add(weight(), gemm(b, input("a", ["rank", "columns"]))) };
}

/** An embedding's product is transposed: (B A)' = A' B'. */
function embeddingGraph() {
  const a = mul(input("a", ["rank", "rows"]), input("scale", []));
  return { merged: add(weight(), gemm(a, input("b", ["columns", "rank"]), { transA: true, transB: true })) };
}

/** Merges an adapter weight by weight, so that a model need not be in memory whole. Close it when done. */
export interface Merger {
  /** A weight with what the adapter adds to it, or the adapter's own where it is trained whole. */
  merge(name: string, weight: Weight): Promise<Weight>;
  close(): Promise<void>;
}

export async function openMerger(engine: Engine, { lora, weights }: Adapter): Promise<Merger> {
  const linear = await engine.compile(toOnnx(linearGraph()));
  const embedding = await engine.compile(toOnnx(embeddingGraph()));
  return {
    async merge(name, weight) {
      const module = moduleOf(name);
      const [a, b] = factorsOf(module).map((factor) => weights[factor]);
      if (!a || !b) return weights[name] ?? weight;
      const isEmbedding = module === EMBEDDING_MODULE;
      const scale: HostTensor = { dims: [], data: Float32Array.of(loraScale(lora, module)) };
      const run = await engine.run(isEmbedding ? embedding : linear, { weight, scale, a, b });
      return { dims: weight.dims, data: run.values.merged!.data as Float32Array };
    },
    async close() {
      await engine.release(linear);
      await engine.release(embedding);
    },
  };
}

/** A model's weights with an adapter merged into them. What the adapter leaves alone is not copied. */
export async function mergeLora(engine: Engine, weights: Weights, adapter: Adapter): Promise<Weights> {
  const merger = await openMerger(engine, adapter);
  try {
    const merged: Record<string, Weight> = {};
    for (const [name, weight] of Object.entries(weights)) merged[name] = await merger.merge(name, weight);
    return merged;
  } finally {
    await merger.close();
  }
}
