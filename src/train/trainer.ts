// A model in training: its weights and optimiser state on the device, and one step at a time.
import type { Engine, Feeds, HostTensor, Kept, ProgramId } from "../engine/engine.ts";
import { serialise } from "../graph/serialise.ts";
import type { Example } from "../objectives/objective.ts";
import type { Qwen3Config } from "../qwen3/config.ts";
import type { Pattern } from "../qwen3/patterns.ts";
import { type Weights, weightShapes } from "../qwen3/weights.ts";
import { type Annealing, packBatch, totalWeight } from "./batch.ts";
import {
  gradientGraph,
  gradientOf,
  nextOf,
  stateShapes,
  sumOf,
  type UpdateOptions,
  updateGraph,
} from "./programs.ts";

export interface StepResult {
  /** Mean over the predictions of the batch, weighted, in nats. */
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
  /** Copies of the weights and of the optimiser's state. */
  snapshot(): Promise<{ weights: Weights; state: Weights }>;
}

export interface TrainerOptions extends UpdateOptions {
  readonly config: Qwen3Config;
  readonly pattern: Pattern;
  /** Sequences in a micro-batch. */
  readonly batch: number;
}

const scalarFeed = (value: number): HostTensor => ({ dims: [], data: Float32Array.of(value) });

/**
 * @param weights the weights to start from
 * @param state the optimiser's state after `done` steps, as a snapshot gave it; zeros for a new run
 */
export async function openTrainer(
  engine: Engine,
  options: TrainerOptions,
  weights: Weights,
  state: Weights | undefined,
  done: number,
): Promise<Trainer> {
  const { config, batch, settings } = options;
  const names = Object.keys(weightShapes(config));
  const states = Object.keys(stateShapes(config, options));
  let held: Record<string, HostTensor | Kept> = { ...weights };
  for (const [name, dims] of Object.entries(stateShapes(config, options))) {
    const zeros = () => new Float32Array(dims.reduce((a, b) => a * b, 1));
    const first = name.endsWith("/ema") ? weights[name.slice(0, -"/ema".length)] : { dims, data: zeros() };
    held[name] = state?.[name] ?? first!;
  }
  let steps = done;

  const gradients = names.map(gradientOf);
  const compileGradients = (accumulate: boolean) =>
    engine.compile(serialise(gradientGraph(config, batch, accumulate)), { keep: gradients, training: true });
  const first = await compileGradients(false);
  let further: ProgramId | undefined;
  const update = await engine.compile(serialise(updateGraph(config, options)), {
    keep: [...names, ...states].map(nextOf),
    training: true,
  });
  const onlyWeights = () => Object.fromEntries(names.map((name) => [name, held[name]!]));

  return {
    async step(microBatches, { learningRate, muonLearningRate }, annealing) {
      const divisor = totalWeight(microBatches.flat());
      let loss = 0;
      let sums: Readonly<Record<string, Kept>> | undefined;
      for (const examples of microBatches) {
        const feeds: Record<string, Feeds[string]> = {
          ...onlyWeights(),
          ...packBatch(examples, config, options.pattern, divisor, annealing),
        };
        if (sums) for (const name of names) feeds[sumOf(name)] = sums[gradientOf(name)]!;
        if (sums) further ??= await compileGradients(true);
        const program = sums ? further! : first;
        const { values, kept } = await engine.run(program, feeds);
        if (sums) await engine.free(Object.values(sums));
        sums = kept;
        loss += values.loss!.data[0] as number;
      }
      steps++;
      const { values, kept } = await engine.run(update, {
        ...held,
        ...sums,
        learningRate: scalarFeed(learningRate),
        muonLearningRate: scalarFeed(muonLearningRate),
        correction1: scalarFeed(1 / (1 - settings.beta1 ** steps)),
        correction2: scalarFeed(1 / (1 - settings.beta2 ** steps)),
      });
      const old = [...Object.values(held), ...Object.values(sums!)].filter((tensor) => "kept" in tensor);
      held = Object.fromEntries([...names, ...states].map((name) => [name, kept[nextOf(name)]!]));
      await engine.free(old);
      return { loss, gradNorm: values.norm!.data[0] as number };
    },
    async snapshot() {
      const copy = async (wanted: readonly string[]) => {
        const tensors: Record<string, Weights[string]> = {};
        for (const name of wanted) {
          const tensor = held[name]!;
          const { dims, data } = "kept" in tensor ? await engine.read(tensor) : tensor;
          tensors[name] = { dims, data: data as Float32Array };
        }
        return tensors;
      };
      return { weights: await copy(names), state: await copy(states) };
    },
  };
}
