// Completions drawn at random: temperature, and the nucleus of the likeliest ids (top-p; Holtzman et al. 2020). Changed:
// only ids that can stand at a place are drawn from; samples that have begun alike share what they have in common.
import * as z from "zod";
import { type Random, random } from "../../core/random.ts";
import { cacheOption, defineDecoder } from "../define.ts";
import type { Distribution } from "../distribution.ts";
import {
  candidateFrom,
  type Hypothesis,
  hypothesisFrames,
  isComplete,
  likeliestFirst,
  openHypotheses,
} from "../hypotheses.ts";
import { isTie, type Ties } from "../ties.ts";

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

/** Draws an id; counts a tie where rounding could have made it another. */
function draw(from: readonly { id: number; probability: number }[], stream: Random, ties: Ties): number {
  const at = stream.float();
  let upTo = 0;
  let near = false;
  let id: number | undefined;
  for (const option of from) {
    upTo += option.probability;
    near ||= isTie(upTo, at);
    if (at < upTo) id ??= option.id;
  }
  ties.add(Number(near));
  return id ?? from.at(-1)!.id;
}

/** Completions drawn at random by temperature and nucleus (Holtzman et al. 2020), the likeliest first. */
export const sample = defineDecoder({
  name: "sample",
  family: "typewriter",
  objective: "autoregressive",
  about: "completions drawn at random, the likeliest first",
  model: "typewriter-tiny",
  options: sampleOptions,
  async *search({ session, options: { temperature, topP, count, batch, seed }, ties, show }) {
    const { script } = session.prompt.format;
    await using branches = session.branches();
    const hypotheses = await openHypotheses(session, branches);
    const frames = hypothesisFrames(script, show);
    const streams = Array.from({ length: count }, (_, i) => random("sample", seed, i));
    const samples: Hypothesis[] = streams.map(() => hypotheses.start);
    while (!samples.every(isComplete)) {
      // Samples that are alike so far, and draw alike, go on as one.
      const drawn = new Map<Hypothesis, Map<number, number[]>>();
      for (const [i, hypothesis] of samples.entries()) {
        if (!hypothesis.next) continue;
        const id = draw(nucleus(hypothesis.next, temperature, topP), streams[i]!, ties);
        const ids = drawn.get(hypothesis) ?? new Map<number, number[]>();
        drawn.set(hypothesis, ids.set(id, [...(ids.get(id) ?? []), i]));
      }
      await hypotheses.keep([...drawn.keys()]);
      const asked = [...drawn].flatMap(([hypothesis, ids]) =>
        [...ids].map(([id, alike]) => ({ hypothesis, ids: [id], alike })),
      );
      for (let from = 0; from < asked.length; from += batch) {
        const some = asked.slice(from, from + batch);
        for (const [s, extended] of (await hypotheses.extend(some)).entries())
          for (const i of some[s]!.alike) samples[i] = extended[0]!;
      }
      yield* frames(samples[0]!);
    }
    return likeliestFirst([...new Set(samples)]).map((one) => candidateFrom(script, one));
  },
});
