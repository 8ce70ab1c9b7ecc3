// Decoders and models as the page is told of them.
import type { Decoder } from "../decode/decoder.ts";
import { decoders } from "../decode/index.ts";
import { describeOptions } from "../options.ts";
import type { Qwen3Config } from "../qwen3/config.ts";
import { weightShapes } from "../qwen3/weights.ts";
import type { DecoderAbout, ModelAbout } from "./protocol.ts";

export const aboutDecoders = (): DecoderAbout[] =>
  Object.values<Decoder>(decoders).map((decoder) => {
    const { name, family, about, objective, needs = [], model, options, goesOn = false } = decoder;
    return {
      name,
      family,
      about,
      needs: [objective, ...needs],
      model,
      options: describeOptions(options),
      goesOn,
    };
  });

export const aboutModel = (name: string, config: Qwen3Config): ModelAbout => ({
  name,
  objectives: config.jigsaw?.objectives ?? ["autoregressive"],
  pattern: config.jigsaw?.pattern ?? "causal",
  weights: Object.values(weightShapes(config)).reduce(
    (sum, shape) => sum + shape.reduce((product, side) => product * side, 1),
    0,
  ),
});
