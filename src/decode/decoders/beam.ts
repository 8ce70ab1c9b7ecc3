// Beam search over the typewriter's completions (Lowerre 1976; Sutskever et al. 2014). Changed: completions of other
// sizes compete by plain log-probability, with no reward for length, since the size is part of what is chosen.
import * as z from "zod";
import { cacheOption, defineDecoder } from "../define.ts";
import {
  candidateFrom,
  type Extension,
  type Hypothesis,
  hypothesisFrames,
  isComplete,
  likeliestFirst,
  openHypotheses,
} from "../hypotheses.ts";
import { isTie } from "../ties.ts";

/** A hypothesis that is complete, or one with an id more. */
interface Option {
  readonly extension: Extension;
  readonly logProbability: number;
}

function optionsOf(hypothesis: Hypothesis): Option[] {
  const { next, logProbability } = hypothesis;
  if (!next) return [{ extension: { hypothesis, ids: [] }, logProbability }];
  return Array.from(next.probabilities, (p, i) => ({
    extension: { hypothesis, ids: [next.first + i] },
    logProbability: logProbability + Math.log(p),
  })).filter((option) => option.logProbability > Number.NEGATIVE_INFINITY);
}

/** Beam search (Lowerre 1976; Sutskever et al. 2014); sizes compete, too. */
export const beam = defineDecoder({
  name: "beam",
  family: "typewriter",
  objective: "autoregressive",
  about: "the likeliest few completions, written side by side",
  model: "typewriter-tiny",
  options: z.object({
    cache: cacheOption,
    width: z.int().positive().default(4).describe("completions that are written side by side"),
  }),
  async *search({ session, options: { width }, ties, show }) {
    const { script } = session.prompt.format;
    await using branches = session.branches();
    const hypotheses = await openHypotheses(session, branches);
    const frames = hypothesisFrames(script, show);
    let beams: Hypothesis[] = [hypotheses.start];
    while (!beams.every(isComplete)) {
      const ranked = likeliestFirst(beams.flatMap(optionsOf));
      const [last, left] = [ranked[width - 1], ranked[width]];
      if (last && left) ties.add(Number(isTie(last.logProbability, left.logProbability)));
      const taken = ranked.slice(0, width).map(({ extension }) => extension);
      await hypotheses.keep(taken.map(({ hypothesis }) => hypothesis));
      const extended = await hypotheses.extend(taken.filter(({ ids }) => ids.length > 0));
      beams = likeliestFirst([
        ...taken.filter(({ ids }) => ids.length === 0).map(({ hypothesis }) => hypothesis),
        ...extended.flat(),
      ]);
      yield* frames(beams[0]!);
    }
    return beams.map((one) => candidateFrom(script, one));
  },
});
