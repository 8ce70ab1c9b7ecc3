// A model in training: its weights and optimiser state on the device, and one step at a time.
import type { DeviceTensor, Engine, HostTensor } from "../engine/engine.ts";
import { toOnnx } from "../graph/onnx.ts";
import type { Qwen3Config } from "../model/config.ts";
import type { Weights } from "../model/weights.ts";
import type { Example } from "../objectives/objective.ts";
import type { AttentionPattern } from "../sequence/attention-patterns.ts";
import { type Annealing, packBatch, totalWeight } from "./batch.ts";
import type { GradientFn } from "./gradients.ts";
import { nextOf, stateShapes, type UpdateOptions, updateGraph } from "./graphs.ts";

export interface StepResult {
  /** The weighted sum of cross-entropies, divided by the sum of the weights' absolute values: nats. */
  readonly loss: number;
  /** The gradients' global norm before clipping. */
  readonly gradNorm: number;
}

export interface LearningRates {
  readonly learningRate: number;
  readonly muonLearningRate: number;
}

export interface Trainer {
  /** One step on micro-batches of equal size, whose gradients are added up. */
  step(
    microBatches: readonly (readonly Example[])[],
    rates: LearningRates,
    annealing?: Annealing,
  ): Promise<StepResult>;
  /** The weights that are trained, where they are: valid until the next step. */
  weights(): Readonly<Record<string, HostTensor | DeviceTensor>>;
  /** Copies of them. */
  readWeights(): Promise<Weights>;
  /** Begins again from these weights, with a fresh optimiser. */
  restart(weights: Weights): Promise<void>;
  /** Copies of the weights and of the optimiser's state. */
  snapshot(): Promise<{ weights: Weights; state: Weights }>;
  /** Frees what it holds on the engine. */
  close(): Promise<void>;
}

export interface TrainerOptions extends UpdateOptions {
  readonly config: Qwen3Config;
  readonly pattern: AttentionPattern;
  /** Whether the gradients' graph takes soft embeddings. */
  readonly soft?: boolean;
}

const scalarFeed = (value: number): HostTensor => ({ dims: [], data: Float32Array.of(value) });

/**
 * @param gradients what computes the gradients of the weights that are trained
 * @param weights the weights that are trained, as they are at the start
 * @param state the optimiser's state after `done` steps, as a snapshot gave it; zeros for a new run
 */
export async function openTrainer(
  engine: Engine,
  gradients: GradientFn,
  options: TrainerOptions,
  weights: Weights,
  state: Weights | undefined,
  done: number,
): Promise<Trainer> {
  const { config, pattern, settings, soft = false } = options;
  const shapes = Object.fromEntries(Object.entries(weights).map(([name, { dims }]) => [name, dims]));
  const names = Object.keys(shapes);
  const stateDims = stateShapes(shapes, options);
  const states = Object.keys(stateDims);
  /** The weights, and the optimiser's state: as it is given, else that of a run's first step. */
  const startFrom = (weights: Weights, state?: Weights): Record<string, HostTensor | DeviceTensor> => {
    const start: Record<string, HostTensor | DeviceTensor> = { ...weights };
    for (const [name, dims] of Object.entries(stateDims)) {
      const zeros = () => new Float32Array(dims.reduce((a, b) => a * b, 1));
      const first = name.endsWith("/ema") ? weights[name.slice(0, -"/ema".length)] : { dims, data: zeros() };
      start[name] = state?.[name] ?? first!;
    }
    return start;
  };
  let held = startFrom(weights, state);
  let steps = done;

  const update = await engine.compile(toOnnx(updateGraph(shapes, options)), {
    keepOnDevice: [...names, ...states].map(nextOf),
    training: true,
  });
  const current = () => Object.fromEntries(names.map((name) => [name, held[name]!]));
  const copy = async (wanted: readonly string[]) => {
    const tensors: Record<string, Weights[string]> = {};
    for (const name of wanted) {
      const tensor = held[name]!;
      const { dims, data } = "handle" in tensor ? await engine.download(tensor) : tensor;
      tensors[name] = { dims, data: data as Float32Array };
    }
    return tensors;
  };

  return {
    async step(microBatches, { learningRate, muonLearningRate }, annealing) {
      const divisor = totalWeight(microBatches.flat());
      let loss = 0;
      let sums: Readonly<Record<string, DeviceTensor>> | undefined;
      for (const examples of microBatches) {
        const batch = packBatch(examples, config, pattern, divisor, { annealing, soft });
        const found = await gradients.run(current(), batch, sums);
        sums = found.gradients;
        loss += found.loss;
      }
      steps++;
      const { values, onDevice } = await engine.run(update, {
        ...held,
        ...sums,
        learningRate: scalarFeed(learningRate),
        muonLearningRate: scalarFeed(muonLearningRate),
        correction1: scalarFeed(1 / (1 - settings.beta1 ** steps)),
        correction2: scalarFeed(1 / (1 - settings.beta2 ** steps)),
      });
      const old = [...Object.values(held), ...Object.values(sums!)].filter((tensor) => "handle" in tensor);
      held = Object.fromEntries([...names, ...states].map((name) => [name, onDevice[nextOf(name)]!]));
      await engine.free(old);
      return { loss, gradNorm: values.norm!.data[0] as number };
    },
    weights: current,
    async restart(weights) {
      const old = Object.values(held).filter((tensor) => "handle" in tensor);
      held = startFrom(weights);
      steps = 0;
      await engine.free(old);
    },
    readWeights: () => copy(names),
    snapshot: async () => ({ weights: await copy(names), state: await copy(states) }),
    async close() {
      await engine.free(Object.values(held).filter((tensor) => "handle" in tensor));
      await engine.release(update);
      await gradients.close();
    },
  };
}
