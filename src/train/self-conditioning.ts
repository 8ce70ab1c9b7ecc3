// Self-conditioning (Analog Bits, Chen et al. 2022): a first pass without gradient guesses the masked cells, and the
// second one, which is learnt from, is fed the guess. Changed: the guess is no input of its own, but added to the masks'
// embeddings as the mixture of the colours' (soft masks; see decode/soft.ts), so that the model has no new weights.
import type { DeviceTensor, Engine, Feeds, HostTensor } from "../engine/engine.ts";
import { toOnnx } from "../graph/onnx.ts";
import type { Qwen3Config } from "../model/config.ts";
import { head, stack, weightInputs } from "../model/transformer.ts";
import { writeGuess } from "../objectives/guess.ts";
import type { Example } from "../objectives/objective.ts";
import { batchInputs } from "./graphs.ts";

export interface Guesser {
  /**
   * What a batch is fed as `soft`, [batch, tokens, vocabSize].
   * @param batch what packBatch gives
   * @param examples the batch's, whose masked cells are guessed; none of them for zeros
   */
  guess(
    weights: Readonly<Record<string, HostTensor | DeviceTensor>>,
    batch: Feeds,
    examples: readonly Example[],
  ): Promise<HostTensor>;
  close(): Promise<void>;
}

/** @param batch sequences in a micro-batch */
export async function openGuesser(engine: Engine, config: Qwen3Config, batch: number): Promise<Guesser> {
  const tensors = weightInputs(config);
  const { labels: _, lossWeights: __, ...inputs } = batchInputs(config, batch);
  const logits = head(config, tensors, stack(config, tensors, inputs).hidden);
  const program = await engine.compile(toOnnx({ logits }), { training: true });
  const { vocabSize, jigsaw } = config;
  return {
    async guess(weights, feeds, examples) {
      const { ids, labels: _, weights: __, ...others } = feeds;
      const [rows, length] = (ids as HostTensor).dims as [number, number];
      const data = new Float32Array(rows * length * vocabSize);
      if (examples.length) {
        const { values } = await engine.run(program, { ...weights, ids: ids!, ...others });
        const found = values.logits!.data as Float32Array;
        const size = length * vocabSize;
        for (const [b, { tokens }] of examples.entries()) {
          const [from, to] = [b * size, (b + 1) * size];
          const reading = { vocabSize, shift: jigsaw.shift };
          writeGuess(data.subarray(from, to), tokens, found.subarray(from, to), reading);
        }
      }
      return { dims: [rows, length, vocabSize], data };
    },
    close: () => engine.release(program),
  };
}
