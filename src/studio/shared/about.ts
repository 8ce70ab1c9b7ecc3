// Decoders and models as the page is told of them.

import { describeOptions } from "../../core/options.ts";
import { decoders } from "../../decode/decoders/index.ts";
import type { Decoder } from "../../decode/define.ts";
import type { Qwen3Config } from "../../model/config.ts";
import { weightShapes } from "../../model/weights.ts";
import type { DecoderAbout, ModelAbout } from "./protocol.ts";

/** All decoders, with their options described for forms. */
export const aboutDecoders = (): DecoderAbout[] =>
  Object.values<Decoder>(decoders).map((decoder) => {
    const { name, family, about, objective, needs = [], model, options, infills = false } = decoder;
    return {
      name,
      family,
      about,
      needs: [objective, ...needs],
      model,
      options: describeOptions(options),
      infills,
    };
  });

/** A model, read off its configuration alone. */
export const aboutModel = (name: string, config: Qwen3Config): ModelAbout => ({
  name,
  objectives: config.jigsaw.objectives,
  pattern: config.jigsaw.pattern,
  weights: Object.values(weightShapes(config)).reduce(
    (sum, shape) => sum + shape.reduce((product, side) => product * side, 1),
    0,
  ),
});
