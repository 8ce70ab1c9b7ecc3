// All completions whose cumulative probability is above a floor, depth first (the ARChitects' search: Franzen, Disselhoff
// and Hartmann, ARC Prize 2024). Changed: the size is decided first and row ends are not asked for; several branches
// go on in one pass; where nothing is above the floor, the greedy answer is given.
import * as z from "zod";
import { cacheOption, defineDecoder } from "../define.ts";
import { argmax } from "../distribution.ts";
import {
  candidateFrom,
  type Hypotheses,
  type Hypothesis,
  hypothesisFrames,
  isComplete,
  likeliestFirst,
  openHypotheses,
} from "../hypotheses.ts";
import type { Prompt } from "../prompt.ts";
import { isTie, type Ties } from "../ties.ts";

/** What depth-first search verifies first: nothing, or the test input as a guess of the answer. */
export const DFS_GUESSES = ["none", "input"] as const;

const dfsOptions = z.object({
  cache: cacheOption,
  floor: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.09)
    .describe("completions must have a cumulative probability above this"),
  order: z.enum(["best", "id"]).default("best").describe("which branch is followed first"),
  batch: z.int().positive().default(1).describe("branches that go on in one pass"),
  guess: z
    .enum(DFS_GUESSES)
    .default("none")
    .describe("a completion that is read in one pass first: the test's input, where its size is possible"),
  maxPasses: z
    .int()
    .positive()
    .optional()
    .describe("passes after which the search ends with what it has; none by default"),
});

/** A hypothesis with an id more, which is above the floor. */
interface Branch {
  readonly hypothesis: Hypothesis;
  readonly id: number;
  readonly logProbability: number;
}

/** What is above the floor after a hypothesis, the first to follow last. */
function branchesOf(
  hypothesis: Hypothesis,
  floor: number,
  order: "best" | "id",
  ties: Ties,
  but?: number,
): Branch[] {
  const next = hypothesis.next!;
  const all = Array.from(next.probabilities, (p, i) => ({
    hypothesis,
    id: next.first + i,
    logProbability: hypothesis.logProbability + Math.log(p),
  }));
  const above = all.filter(({ id, logProbability }) => logProbability > floor && id !== but);
  ties.add(all.filter(({ logProbability }) => isTie(logProbability, floor)).length);
  if (order === "id") return above.toReversed();
  const ranked = likeliestFirst(above);
  ties.add(
    ranked.filter((one, i) => i > 0 && isTie(ranked[i - 1]!.logProbability, one.logProbability)).length,
  );
  return ranked.toReversed();
}

/** The ids that write the test's input after what is known, where the answer may have its size. */
function guessOf({ format: { grid, script } }: Prompt): number[] | undefined {
  if (!grid) return undefined;
  const ids = script.idsOf(grid.input);
  return script.known.every((id, i) => ids[i] === id) ? ids.slice(script.known.length) : undefined;
}

/** Follows the likeliest ids to the end. */
async function greedily(hypotheses: Hypotheses): Promise<Hypothesis> {
  let hypothesis = hypotheses.start;
  await hypotheses.keep([hypothesis]);
  while (!isComplete(hypothesis)) {
    const [extended] = await hypotheses.extend([{ hypothesis, ids: [argmax(hypothesis.next!).id] }]);
    hypothesis = extended!.at(-1)!;
  }
  return hypothesis;
}

/** All completions above a probability, depth first (Franzen et al. 2024). */
export const dfs = defineDecoder({
  name: "dfs",
  family: "typewriter",
  objective: "autoregressive",
  about: "all completions above a probability, depth first",
  model: "typewriter-tiny",
  options: dfsOptions,
  async *search({ session, options: { floor, order, batch, guess, maxPasses }, ties, show }) {
    const { prompt, ledger } = session;
    const { script } = prompt.format;
    const before = ledger.passes;
    await using branches = session.branches();
    const hypotheses = await openHypotheses(session, branches);
    const { start } = hypotheses;
    const least = Math.log(floor);
    const frames = hypothesisFrames(script, show);
    const found: Hypothesis[] = [];
    const waiting: Branch[] = [];
    /** Takes a hypothesis on, but for one of its branches. */
    const visit = (hypothesis: Hypothesis, but?: number): void => {
      if (isComplete(hypothesis)) found.push(hypothesis);
      else waiting.push(...branchesOf(hypothesis, least, order, ties, but));
    };

    const ids = guess === "input" ? guessOf(prompt) : undefined;
    if (ids) {
      const [extended] = await hypotheses.extend([{ hypothesis: start, ids }]);
      // As far as the guess is above the floor, its own branches are done; the others of each hypothesis still wait.
      const alive = extended!.filter(({ logProbability }) => logProbability > least);
      const way = [start, ...alive];
      for (const [i, hypothesis] of way.entries()) visit(hypothesis, alive[i] && ids[i]);
      yield* frames(way.at(-1)!);
    } else visit(start);

    while (waiting.length > 0 && ledger.passes - before < (maxPasses ?? Number.POSITIVE_INFINITY)) {
      const taken = waiting.splice(-batch).toReversed();
      await hypotheses.keep([start, ...[...taken, ...waiting].map(({ hypothesis }) => hypothesis)]);
      const extended = (
        await hypotheses.extend(taken.map(({ hypothesis, id }) => ({ hypothesis, ids: [id] })))
      ).flat();
      // The first one taken is followed first.
      for (const hypothesis of extended.toReversed()) visit(hypothesis);
      yield* frames(extended[0]!);
    }
    if (found.length > 0) return likeliestFirst(found).map((one) => candidateFrom(script, one));
    const likeliest = await greedily(hypotheses);
    yield* frames(likeliest);
    return [candidateFrom(script, likeliest)];
  },
});
