// Adapters merged into the weights that they change: W + scale B A, in float32.
import type { Engine, HostTensor } from "../engine/engine.ts";
import { add, mul } from "../graph/elementwise.ts";
import { gemm } from "../graph/linear.ts";
import { toOnnx } from "../graph/onnx.ts";
import { input } from "../graph/tensor.ts";
import { type Adapter, EMBEDDING_MODULE, factorsOf, loraScale, moduleOf } from "./lora.ts";
import { collect, type LazyWeight, readWeight, type StateDict } from "./state-dict.ts";
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

/**
 * A model's weights with an adapter merged into them. Each is computed when it is read, so that a model need not be in
 * memory whole; those that the adapter leaves alone stay the same objects. Dispose of it when all are read.
 */
export async function mergedStateDict(
  engine: Engine,
  weights: StateDict,
  { lora, weights: trained }: Adapter,
): Promise<{ readonly weights: StateDict } & AsyncDisposable> {
  const linear = await engine.compile(toOnnx(linearGraph()));
  const embedding = await engine.compile(toOnnx(embeddingGraph()));
  const merge = ([name, before]: [string, Weight | LazyWeight]): [string, Weight | LazyWeight] => {
    const module = moduleOf(name);
    const [a, b] = factorsOf(module).map((factor) => trained[factor]);
    if (!a || !b) return [name, trained[name] ?? before];
    const scale: HostTensor = { dims: [], data: Float32Array.of(loraScale(lora, module)) };
    const read = async () => {
      const feeds = { weight: { dims: before.dims, data: await readWeight(before) }, scale, a, b };
      const { values } = await engine.run(module === EMBEDDING_MODULE ? embedding : linear, feeds);
      return values.merged!.data as Float32Array;
    };
    return [name, { dims: before.dims, read }];
  };
  return {
    weights: Object.fromEntries(Object.entries(weights).map(merge)),
    async [Symbol.asyncDispose]() {
      await engine.release(linear);
      await engine.release(embedding);
    },
  };
}

/** The same with all weights in memory; what the adapter leaves alone is not copied. */
export async function mergeLora(engine: Engine, weights: StateDict, adapter: Adapter): Promise<Weights> {
  await using merged = await mergedStateDict(engine, weights, adapter);
  return await collect(merged.weights);
}
