// Gradients of models that are too big for one graph: a program for each kind of layer, whose weights are fed, so that
// the intermediate values of one layer at a time are in memory. Forward, the input of every layer is kept; backward,
// each layer is computed again from it (gradient checkpointing, Chen et al. 2016), or, with `recompute` false, from
// the products of its matrices, which are kept too: a third less work for about 45 kB a token and layer at 0.6B's size.
import type { DeviceTensor, Engine, Feeds, ProgramId } from "../engine/engine.ts";
import { differentiate } from "../graph/differentiate.ts";
import { times } from "../graph/dims.ts";
import { add } from "../graph/elementwise.ts";
import { crossEntropy, rmsNorm } from "../graph/neural.ts";
import { toOnnx } from "../graph/onnx.ts";
import { customVjp, input, type Tensor } from "../graph/tensor.ts";
import type { Qwen3Config } from "../model/config.ts";
import { factorsOf, type LoraConfig, loraEmbedding, loraLinear, moduleOf } from "../model/lora.ts";
import { cosSin } from "../model/rope.ts";
import {
  decoderLayer,
  embed,
  type Linear,
  lmHead,
  plainEmbedding,
  plainLinear,
} from "../model/transformer.ts";
import {
  EMBEDDING,
  FINAL_NORM,
  GRID_POSITIONS,
  HEAD,
  layerOf,
  layerPrefix,
  type Shapes,
  weightShapes,
} from "../model/weights.ts";
import type { GradientFn } from "./gradients.ts";
import { batchInputs, gradientOf } from "./graphs.ts";

export interface LayerwiseOptions {
  readonly config: Qwen3Config;
  /** Sequences in a micro-batch. */
  readonly batch: number;
  /** The tensors whose gradients are wanted. */
  readonly trainable: Shapes;
  readonly lora?: LoraConfig | undefined;
  readonly recompute: boolean;
}

const savedOf = (part: string): string => `${part}/saved`;
const NEXT = "x/next";
/** The gradient of what a layer gives, which goes in, and of what it starts from, which comes out. */
const ABOVE = gradientOf(NEXT);
const BELOW = gradientOf("x");

/** A tensor whose value is fed, as an earlier run gave it, and through which gradients flow on. */
const recalled = (value: Tensor, name: string): Tensor =>
  customVjp([value], input(name, value.shape, value.dtype), (g) => [g]);

const inputsOf = (shapes: Shapes): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, input(name, shape)]));

/** Those of `all` that a layer has, by their names within it. */
const partsOf = (all: Shapes, layer: number): Shapes =>
  Object.fromEntries(
    Object.entries(all).flatMap(([name, shape]) =>
      layerOf(name) === layer ? [[name.slice(layerPrefix(layer).length), shape]] : [],
    ),
  );

/** The tensors that are used below the first layer and above the last, adapters of theirs included. */
function outerNames({ config, trainable }: LayerwiseOptions): { bottom: string[]; top: string[] } {
  const headName = config.tieWordEmbeddings ? EMBEDDING : HEAD;
  const withAdapter = (weight: string) => [
    weight,
    ...factorsOf(moduleOf(weight)).filter((name) => Object.hasOwn(trainable, name)),
  ];
  const places = config.jigsaw.positions === "grid" ? [GRID_POSITIONS] : [];
  return { bottom: [...withAdapter(EMBEDDING), ...places], top: [FINAL_NORM, ...withAdapter(headName)] };
}

/** The programs' graphs by their outputs, all layers being alike. */
function graphs(options: LayerwiseOptions) {
  const { config, batch, trainable, lora, recompute } = options;
  const own = weightShapes(config);
  const inputs = batchInputs(config, batch);
  const rows = times(batch, "tokens");
  const x = input("x", [rows, config.hiddenSize]);
  const gradient = input(ABOVE, x.shape);
  const wanted = (names: readonly string[]) => names.filter((name) => Object.hasOwn(trainable, name));
  const gradientsOf = (
    root: Tensor,
    seed: Tensor | undefined,
    variables: Readonly<Record<string, Tensor>>,
  ) => {
    const names = Object.keys(variables);
    const gradients = differentiate(root, Object.values(variables), seed);
    return Object.fromEntries(names.map((name, i) => [gradientOf(name), gradients[i]!]));
  };

  const parts = inputsOf({ ...partsOf(own, 0), ...partsOf(trainable, 0) });
  const layer = (through: (product: Tensor, part: string) => Tensor): Tensor => {
    const byMatrix: Linear = (t, part) => plainLinear(parts)(t, `${part}.weight`);
    const linear = lora ? loraLinear(byMatrix, parts, lora, 0) : byMatrix;
    const weight = (part: string) => parts[`${part}.weight`]!;
    const context = {
      sequences: [batch, "tokens"] as const,
      rope: cosSin(config, inputs.coordinates),
      bias: inputs.bias,
    };
    const kept: Linear = (t, part) => through(linear(t, part), part);
    return decoderLayer(config, { weight, linear: kept }, x, context).x;
  };
  const saved: Record<string, Tensor> = {};
  const next = layer((product, part) => {
    // Nothing is computed from the last product but the sum that the next layer starts from.
    if (!recompute && part !== "mlp.down_proj") saved[savedOf(part)] = product;
    return product;
  });
  const again = layer((product, part) =>
    Object.hasOwn(saved, savedOf(part)) ? recalled(product, savedOf(part)) : product,
  );
  const layerTrainable = Object.fromEntries(
    Object.keys(partsOf(trainable, 0)).map((name) => [name, parts[name]!]),
  );

  const names = outerNames(options);
  const shapes = { ...own, ...trainable };
  const ofShapes = (all: readonly string[]) =>
    inputsOf(Object.fromEntries(all.map((name) => [name, shapes[name]!])));
  const [bottom, top] = [ofShapes(names.bottom), ofShapes(names.top)];
  const embedding = plainEmbedding(bottom);
  const embedded = embed(config, bottom, inputs, lora ? loraEmbedding(embedding, bottom, lora) : embedding);
  const hidden = rmsNorm(x, top[FINAL_NORM]!, config.rmsNormEps);
  const plain = plainLinear(top);
  const logits = lmHead(config, top, hidden, lora ? loraLinear(plain, top, lora) : plain);
  const loss = crossEntropy(logits, inputs.labels, inputs.lossWeights);
  const pick = (all: Readonly<Record<string, Tensor>>) =>
    Object.fromEntries(wanted(Object.keys(all)).map((name) => [name, all[name]!]));

  return {
    embed: { [NEXT]: embedded },
    forward: { [NEXT]: next, ...saved },
    top: { loss, ...gradientsOf(loss, undefined, { x, ...pick(top) }) },
    backward: gradientsOf(again, gradient, { x, ...layerTrainable }),
    bottom: gradientsOf(embedded, gradient, pick(bottom)),
    sum: (names: readonly string[]) =>
      Object.fromEntries(
        names.map((name) => {
          const shape = trainable[name]!;
          return [gradientOf(name), add(input(`${name}/a`, shape), input(`${name}/b`, shape))];
        }),
      ),
  };
}

type Held = Feeds[string];

/** @param frozen the weights that are not trained, on the engine or fed each time */
export async function layerwiseGradients(
  engine: Engine,
  options: LayerwiseOptions,
  frozen: Readonly<Record<string, Held>>,
): Promise<GradientFn> {
  const { config, trainable } = options;
  const built = graphs(options);
  const names = outerNames(options);
  const compile = (outputs: Readonly<Record<string, Tensor>>): Promise<ProgramId> =>
    engine.compile(toOnnx(outputs), {
      keepOnDevice: Object.keys(outputs).filter((name) => name !== "loss"),
      training: true,
    });
  const forward = await compile(built.forward);
  const backward = await compile(built.backward);
  const top = await compile(built.top);
  const embedding = await compile(built.embed);
  const bottom = Object.keys(built.bottom).length ? await compile(built.bottom) : undefined;
  const adders = new Map<string, Promise<ProgramId>>();

  /** Adds gradients of the same tensors, and frees those that went in. */
  async function addUp(a: Readonly<Record<string, DeviceTensor>>, b: Readonly<Record<string, DeviceTensor>>) {
    const both = Object.keys(trainable).filter((name) => a[gradientOf(name)] && b[gradientOf(name)]);
    if (both.length === 0) return { ...a, ...b };
    const key = both.join();
    if (!adders.has(key)) adders.set(key, compile(built.sum(both)));
    const feeds = Object.fromEntries(
      both.flatMap((name) => [
        [`${name}/a`, a[gradientOf(name)]!],
        [`${name}/b`, b[gradientOf(name)]!],
      ]),
    );
    const { onDevice } = await engine.run((await adders.get(key))!, feeds);
    await engine.free(Object.values(feeds));
    return { ...a, ...b, ...onDevice };
  }

  return {
    async run(weights, batch, sums) {
      const all: Readonly<Record<string, Held>> = { ...frozen, ...weights };
      const { ids, places, coordinates, mask, labels, weights: lossWeights } = batch as Record<string, Held>;
      const named = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, all[name]!]));
      const layers = Array.from({ length: config.layers }, (_, i) => {
        const prefix = layerPrefix(i);
        return Object.fromEntries(
          Object.entries(all).flatMap(([name, held]) =>
            layerOf(name) === i ? [[name.slice(prefix.length), held]] : [],
          ),
        );
      });
      const tokens = { ids: ids!, ...(places && { places }) };
      const context = { coordinates: coordinates!, mask: mask! };

      let { [NEXT]: x } = (await engine.run(embedding, { ...tokens, ...named(names.bottom) })).onDevice;
      const trail: { x: DeviceTensor; saved: Readonly<Record<string, DeviceTensor>> }[] = [];
      for (const layer of layers) {
        const { [NEXT]: next, ...saved } = (await engine.run(forward, { x: x!, ...context, ...layer }))
          .onDevice;
        trail.push({ x: x!, saved });
        x = next;
      }
      const end = await engine.run(top, {
        x: x!,
        labels: labels!,
        weights: lossWeights!,
        ...named(names.top),
      });
      await engine.free([x!]);
      const { [BELOW]: first, ...above } = end.onDevice;
      let gradients: Record<string, DeviceTensor> = above;
      let flowing = first;
      for (let i = config.layers - 1; i >= 0; i--) {
        const { x: before, saved } = trail[i]!;
        const feeds = { x: before, [ABOVE]: flowing!, ...saved, ...context, ...layers[i] };
        const { [BELOW]: further, ...own } = (await engine.run(backward, feeds)).onDevice;
        await engine.free([before, flowing!, ...Object.values(saved)]);
        for (const [name, kept] of Object.entries(own)) gradients[`${layerPrefix(i)}${name}`] = kept;
        flowing = further;
      }
      if (bottom) {
        const below = await engine.run(bottom, { ...tokens, [ABOVE]: flowing!, ...named(names.bottom) });
        gradients = await addUp(gradients, below.onDevice);
      }
      await engine.free([flowing!]);
      return {
        loss: end.values.loss!.data[0] as number,
        gradients: sums ? await addUp(sums, gradients) : gradients,
      };
    },
    async close() {
      await engine.free(Object.values(frozen).filter((tensor) => "handle" in tensor));
      const programs = [forward, backward, top, embedding, bottom, ...(await Promise.all(adders.values()))];
      for (const program of programs) if (program !== undefined) await engine.release(program);
    },
  };
}
