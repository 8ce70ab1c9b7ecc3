import { random } from "../core/random.ts";
import type { Qwen3Config } from "./config.ts";
import { type Weight, type Weights, weightShapes } from "./weights.ts";

/** Fresh weights: norms are ones, all else normal with the configuration's standard deviation (as Hugging Face does). */
export function initialWeights(config: Qwen3Config, seed: number): Weights {
  const entries = Object.entries(weightShapes(config)).map(([name, dims]): [string, Weight] => {
    const data = new Float32Array(dims.reduce((a, b) => a * b, 1));
    if (dims.length === 1) data.fill(1);
    else {
      const { normal } = random("weights", seed, name);
      for (let i = 0; i < data.length; i++) data[i] = normal() * config.initializerRange;
    }
    return [name, { dims, data }];
  });
  return Object.fromEntries(entries);
}
