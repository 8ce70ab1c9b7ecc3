// Examples that an objective makes with the help of the current weights: passes without gradient, samples of a model.
import { JigsawError } from "../core/errors.ts";
import { random } from "../core/random.ts";
import type { Engine, HostTensor, ProgramId } from "../engine/engine.ts";
import { toOnnx } from "../graph/onnx.ts";
import type { Qwen3Config } from "../model/config.ts";
import { type Model, openModel } from "../model/model.ts";
import { weightShapes } from "../model/weights.ts";
import type { Example } from "../objectives/objective.ts";
import { patterns } from "../sequence/attention-patterns.ts";
import { type Annealing, packBatch } from "./batch.ts";
import type { Learning } from "./config.ts";
import { logitsGraph } from "./graphs.ts";
import type { Sample } from "./sampler.ts";
import type { Trainer } from "./trainer.ts";

type PreparerOptions = Learning & {
  readonly config: Qwen3Config;
  readonly batchSize: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
};

export interface Preparer {
  /**
   * The examples of a step's micro-batches, as the objective prepares them.
   * @param annealing attention as it is annealed in this step, drawn anew at every call
   */
  prepare(
    step: number,
    microBatches: readonly (readonly Sample[])[],
    annealing: () => Annealing | undefined,
  ): Promise<(readonly Example[])[]>;
  close(): Promise<void>;
}

export function openPreparer(engine: Engine, trainer: Trainer, run: PreparerOptions): Preparer {
  const { config, objective, options, batchSize, seed, signal } = run;
  let program: ProgramId | undefined;

  function check(): void {
    if (Object.keys(weightShapes(config)).every((name) => trainer.weights()[name])) return;
    throw new JigsawError(
      "unsupported",
      `objective "${objective.name}" asks the weights in training, which is not possible with an adapter`,
      "Leave out --lora-rank.",
    );
  }

  async function logits(examples: readonly Example[], annealing: Annealing | undefined) {
    check();
    program ??= await engine.compile(toOnnx(logitsGraph(config, batchSize)), { training: true });
    const found: Float32Array[] = [];
    for (let at = 0; at < examples.length; at += batchSize) {
      const some = examples.slice(at, at + batchSize);
      // The graph's batch has a fixed size: the last one is filled up.
      const batch = Array.from({ length: batchSize }, (_, i) => some[i] ?? some[0]!);
      const packed = packBatch(batch, config, patterns[options.pattern], 1, { annealing });
      const { labels: _, weights: __, ...feeds } = packed;
      const { values } = await engine.run(program, { ...trainer.weights(), ...feeds });
      const size = (packed.ids as HostTensor).dims[1]! * config.vocabSize;
      for (const [b, { tokens }] of some.entries()) {
        const data = values.logits!.data as Float32Array;
        found.push(data.subarray(b * size, b * size + tokens.length * config.vocabSize));
      }
    }
    return found;
  }

  return {
    async prepare(step, microBatches, annealing) {
      const unprepared = microBatches.map((samples) => samples.map(({ example }) => example));
      if (!objective.prepare) return unprepared;
      let model: Promise<Model> | undefined;
      const open = async () => {
        check();
        return openModel(engine, config, await trainer.readWeights());
      };
      try {
        const prepared: (readonly Example[])[] = [];
        for (const [micro, examples] of unprepared.entries()) {
          const made = await objective.prepare({
            tasks: microBatches[micro]!.map(({ task }) => task),
            examples,
            options,
            config,
            random: (purpose) => random(purpose, seed, step, micro),
            logits: (asked) => logits(asked, annealing()),
            model() {
              model ??= open();
              return model;
            },
            signal,
          });
          prepared.push(made);
          if (made.length === batchSize) continue;
          const counts = `${made.length} examples for a batch of ${batchSize}`;
          throw new JigsawError("bad-shape", `objective "${objective.name}" prepared ${counts}`);
        }
        return prepared;
      } finally {
        await (await model)?.close();
      }
    },
    async close() {
      if (program !== undefined) await engine.release(program);
    },
  };
}
