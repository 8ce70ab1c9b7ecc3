// What computes gradients, and the gradients of a whole model in one graph (layer by layer: layerwise.ts).
import type { DeviceTensor, Engine, Feeds, HostTensor, ProgramId } from "../engine/engine.ts";
import { toOnnx } from "../graph/onnx.ts";
import type { Qwen3Config } from "../model/config.ts";
import { weightShapes } from "../model/weights.ts";
import { gradientGraph, gradientOf, sumOf } from "./graphs.ts";

/**
 * How much of the forward pass is kept for the backward one. `none`: all of it, the model being one graph; `layers`: the
 * products of matrices, layer by layer; `recompute`: the input of each layer, which is then computed again.
 */
export type GradientCheckpointing = "none" | "layers" | "recompute";

export interface BatchGradients {
  /** The weighted sum of cross-entropies, nats. */
  readonly loss: number;
  /** By `gradientOf(name)`. */
  readonly gradients: Readonly<Record<string, DeviceTensor>>;
}

export interface GradientFn {
  /**
   * @param weights what is trained, by name
   * @param batch what packBatch gives
   * @param sums gradients of earlier micro-batches, to be added to; they are freed
   */
  run(
    weights: Readonly<Record<string, HostTensor | DeviceTensor>>,
    batch: Feeds,
    sums?: Readonly<Record<string, DeviceTensor>>,
  ): Promise<BatchGradients>;
  /** Frees what it holds on the engine. */
  close(): Promise<void>;
}

/**
 * @param batch sequences in a micro-batch
 * @param soft whether batches hold soft embeddings
 */
export async function wholeModelGradients(
  engine: Engine,
  config: Qwen3Config,
  batch: number,
  soft = false,
): Promise<GradientFn> {
  const names = Object.keys(weightShapes(config));
  const compile = (accumulate: boolean) =>
    engine.compile(toOnnx(gradientGraph(config, batch, accumulate, soft)), {
      keepOnDevice: names.map(gradientOf),
      training: true,
    });
  const first = await compile(false);
  let further: ProgramId | undefined;
  return {
    async run(weights, feeds, sums) {
      const earlier = sums && Object.fromEntries(names.map((name) => [sumOf(name), sums[gradientOf(name)]!]));
      if (sums) further ??= await compile(true);
      const { values, onDevice } = await engine.run(sums ? further! : first, {
        ...weights,
        ...feeds,
        ...earlier,
      });
      if (sums) await engine.free(Object.values(sums));
      return { loss: values.loss!.data[0] as number, gradients: onDevice };
    },
    async close() {
      for (const program of [first, further]) if (program !== undefined) await engine.release(program);
    },
  };
}
