// Completions drawn at random: temperature, and the nucleus of the likeliest ids (top-p; Holtzman et al. 2020). Changed:
// only ids that can stand at a place are drawn from; samples that have begun alike share what they have in common.
import * as z from "zod";
import { checkOptions } from "../../core/options.ts";
import { type Random, random } from "../../core/random.ts";
import { likeliestFirst } from "../branches.ts";
import { cacheOption } from "../cache-option.ts";
import { candidateFrom, isWhole, openCompletions, type Path, pathFrames } from "../completions.ts";
import type { Decoder } from "../decoder.ts";
import type { Distribution } from "../distribution.ts";
import { CLOSE } from "../frames.ts";

const sampleOptions = z.object({
  cache: cacheOption,
  temperature: z
    .number()
    .positive()
    .default(1)
    .describe("below 1 likely ids become likelier, above 1 less likely"),
  topP: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe("of the likeliest ids, as many as hold this much probability"),
  count: z
    .int()
    .positive()
    .default(4)
    .describe("samples; candidates are those that differ, the likeliest first"),
  batch: z.int().positive().default(8).describe("samples that go on in one pass"),
  seed: z.int().min(0).default(1).describe("of the draws"),
});

/** The probabilities that are drawn from: ids in falling order, which sum to 1. */
export function nucleus(
  { first, probabilities }: Distribution,
  temperature: number,
  topP: number,
): { id: number; probability: number }[] {
  const top = Math.max(...probabilities);
  const weights = Array.from(probabilities, (p, i) => ({
    id: first + i,
    weight: (p / top) ** (1 / temperature),
  })).toSorted((a, b) => b.weight - a.weight || a.id - b.id);
  const total = weights.reduce((sum, { weight }) => sum + weight, 0);
  let before = 0;
  const inside = weights.filter(({ weight }) => {
    const kept = before < topP * total;
    before += weight;
    return kept;
  });
  const mass = inside.reduce((sum, { weight }) => sum + weight, 0);
  return inside.map(({ id, weight }) => ({ id, probability: weight / mass }));
}

/** Draws an id, and tells whether rounding could have made it another. */
function draw(from: readonly { id: number; probability: number }[], stream: Random) {
  const at = stream.float();
  let upTo = 0;
  let close = false;
  let id: number | undefined;
  for (const option of from) {
    upTo += option.probability;
    close ||= Math.abs(upTo - at) < CLOSE;
    if (at < upTo) id ??= option.id;
  }
  return { id: id ?? from.at(-1)!.id, close };
}

export const sample: Decoder = {
  name: "sample",
  family: "typewriter",
  objective: "autoregressive",
  about: "completions drawn at random, the likeliest first",
  model: "typewriter-tiny",
  options: sampleOptions,
  async *decode(model, prompt, options, ledger, signal) {
    const { cache, temperature, topP, count, batch, seed } = checkOptions(sampleOptions, options);
    const completions = await openCompletions(model, prompt, cache, ledger, signal);
    try {
      const show = pathFrames(ledger);
      const streams = Array.from({ length: count }, (_, i) => random("sample", seed, i));
      const paths: Path[] = streams.map(() => completions.start);
      while (!paths.every(isWhole)) {
        let close = 0;
        // Samples that are alike so far, and draw alike, go on as one.
        const steps = new Map<Path, Map<number, number[]>>();
        for (const [i, path] of paths.entries()) {
          if (!path.next) continue;
          const drawn = draw(nucleus(path.next, temperature, topP), streams[i]!);
          close += Number(drawn.close);
          const ids = steps.get(path) ?? new Map<number, number[]>();
          steps.set(path, ids.set(drawn.id, [...(ids.get(drawn.id) ?? []), i]));
        }
        await completions.keep([...steps.keys()]);
        const asked = [...steps].flatMap(([path, ids]) =>
          [...ids].map(([id, samples]) => ({ path, ids: [id], samples })),
        );
        for (let from = 0; from < asked.length; from += batch) {
          const some = asked.slice(from, from + batch);
          for (const [s, written] of (await completions.write(some)).entries())
            for (const i of some[s]!.samples) paths[i] = written[0]!;
        }
        yield* show(paths[0]!, close);
      }
      return likeliestFirst([...new Set(paths)]).map(candidateFrom);
    } finally {
      await completions.close();
    }
  },
};
