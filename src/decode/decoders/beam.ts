// Beam search over the typewriter's completions (Lowerre 1976; Sutskever et al. 2014). Changed: completions of other
// sizes compete by plain log-probability, with no reward for length, since the size is part of what is chosen.
import * as z from "zod";
import { checkOptions } from "../../core/options.ts";
import { likeliestFirst } from "../branches.ts";
import { cacheOption } from "../cache-option.ts";
import { candidateFrom, isWhole, openCompletions, type Path, pathFrames, type Step } from "../completions.ts";
import type { Decoder } from "../decoder.ts";
import { CLOSE } from "../frames.ts";

const beamOptions = z.object({
  cache: cacheOption,
  width: z.int().positive().default(4).describe("completions that are written side by side"),
});

/** A path that is whole, or one with an id more. */
interface Option {
  readonly step: Step;
  readonly logProbability: number;
}

function optionsOf(path: Path): Option[] {
  const { next, logProbability } = path;
  if (!next) return [{ step: { path, ids: [] }, logProbability }];
  return Array.from(next.probabilities, (p, i) => ({
    step: { path, ids: [next.first + i] },
    logProbability: logProbability + Math.log(p),
  })).filter((option) => option.logProbability > -Infinity);
}

export const beam: Decoder = {
  name: "beam",
  family: "typewriter",
  objective: "autoregressive",
  about: "the likeliest few completions, written side by side",
  model: "typewriter-tiny",
  options: beamOptions,
  async *decode(model, prompt, options, ledger, signal) {
    const { cache, width } = checkOptions(beamOptions, options);
    const completions = await openCompletions(model, prompt, cache, ledger, signal);
    try {
      const show = pathFrames(ledger);
      let paths: Path[] = [completions.start];
      while (!paths.every(isWhole)) {
        const ranked = likeliestFirst(paths.flatMap(optionsOf));
        const [last, left] = [ranked[width - 1], ranked[width]];
        const close = last && left && last.logProbability - left.logProbability < CLOSE;
        const taken = ranked.slice(0, width).map(({ step }) => step);
        await completions.keep(taken.map(({ path }) => path));
        const written = await completions.write(taken.filter(({ ids }) => ids.length > 0));
        paths = likeliestFirst([
          ...taken.filter(({ ids }) => ids.length === 0).map(({ path }) => path),
          ...written.flat(),
        ]);
        yield* show(paths[0]!, Number(close ?? false));
      }
      return paths.map(candidateFrom);
    } finally {
      await completions.close();
    }
  },
};
