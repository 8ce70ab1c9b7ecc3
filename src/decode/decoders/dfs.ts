// All completions whose cumulative probability is above a floor, depth first (the ARChitects' search: Franzen, Disselhoff
// and Hartmann, ARC Prize 2024). Changed: the size is decided first and row ends are not asked for; several branches
// go on in one pass; where nothing is above the floor, the greedy answer is given.
import * as z from "zod";
import { type Grid, height, width } from "../../arc/grid.ts";
import { checkOptions } from "../../core/options.ts";
import { sizeToken } from "../../sequence/tokens.ts";
import { likeliestFirst } from "../branches.ts";
import { cacheOption } from "../cache-option.ts";
import {
  type Completions,
  candidateFrom,
  isWhole,
  openCompletions,
  type Path,
  pathFrames,
  type Step,
} from "../completions.ts";
import { type Decoder, type Prompt, testInputOf } from "../decoder.ts";
import { best } from "../distribution.ts";
import { CLOSE } from "../frames.ts";

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

/** A path with an id more, which is above the floor. */
interface Branch {
  readonly path: Path;
  readonly id: number;
  readonly logProbability: number;
}

/** What is above the floor after a path, the first to follow last; and how many decisions rounding could turn. */
function branchesOf(
  path: Path,
  floor: number,
  order: "best" | "id",
  but?: number,
): { branches: Branch[]; close: number } {
  const all = Array.from(path.next!.probabilities, (p, i) => ({
    path,
    id: path.next!.first + i,
    logProbability: path.logProbability + Math.log(p),
  }));
  const branches = all.filter(({ id, logProbability }) => logProbability > floor && id !== but);
  const ranked = order === "best" ? likeliestFirst(branches) : branches;
  const ties = ranked.filter(
    ({ logProbability }, i) =>
      order === "best" && i > 0 && ranked[i - 1]!.logProbability - logProbability < CLOSE,
  );
  const near = all.filter(({ logProbability }) => Math.abs(logProbability - floor) < CLOSE);
  return { branches: ranked.toReversed(), close: ties.length + near.length };
}

/** The test's input, where the answer may have its size. */
function guessOf(prompt: Prompt): Grid | undefined {
  const input = testInputOf(prompt);
  const { rows, columns } = prompt.size ?? { rows: height(input), columns: width(input) };
  return rows === height(input) && columns === width(input) ? input : undefined;
}

/** The ids that write a grid after what is given. */
const idsOf = (grid: Grid, { size }: Prompt): number[] => [
  ...(size ? [] : [sizeToken(height(grid)), sizeToken(width(grid))]),
  ...grid.flat(),
];

/** Follows the likeliest ids to the end. */
async function greedily(completions: Completions): Promise<Path> {
  let path = completions.start;
  await completions.keep([path]);
  while (!isWhole(path)) {
    const [written] = await completions.write([{ path, ids: [best(path.next!).id] }]);
    path = written!.at(-1)!;
  }
  return path;
}

export const dfs: Decoder = {
  name: "dfs",
  family: "typewriter",
  objective: "autoregressive",
  about: "all completions above a probability, depth first",
  model: "typewriter-tiny",
  options: dfsOptions,
  async *decode(model, prompt, options, ledger, signal) {
    const { cache, floor, order, batch, guess, maxPasses } = checkOptions(dfsOptions, options);
    const completions = await openCompletions(model, prompt, cache, ledger, signal);
    try {
      const { start } = completions;
      const least = Math.log(floor);
      const show = pathFrames(ledger);
      const found: Path[] = [];
      const waiting: Branch[] = [];
      /** Takes a path on, but for one of its branches; gives how many decisions were close. */
      const visit = (path: Path, but?: number): number => {
        if (isWhole(path)) {
          found.push(path);
          return 0;
        }
        const { branches, close } = branchesOf(path, least, order, but);
        waiting.push(...branches);
        return close;
      };

      const guessed = guess === "input" ? guessOf(prompt) : undefined;
      if (guessed) {
        const ids = idsOf(guessed, prompt);
        const [written] = await completions.write([{ path: start, ids }]);
        // As far as the guess is above the floor, its own branches are done; the others of each path still wait.
        const alive = written!.filter(({ logProbability }) => logProbability > least);
        const way = [start, ...alive];
        const close = way.reduce((sum, path, i) => sum + visit(path, alive[i] && ids[i]), 0);
        yield* show(way.at(-1)!, close);
      } else visit(start);

      while (waiting.length > 0 && ledger.passes < (maxPasses ?? Number.POSITIVE_INFINITY)) {
        const taken = waiting.splice(-batch).toReversed();
        const steps: Step[] = taken.map(({ path, id }) => ({ path, ids: [id] }));
        await completions.keep([start, ...[...taken, ...waiting].map(({ path }) => path)]);
        const written = (await completions.write(steps)).flat();
        // The first one taken is followed first.
        const close = written.toReversed().reduce((sum, path) => sum + visit(path), 0);
        yield* show(written[0]!, close);
      }
      if (found.length > 0) return likeliestFirst(found).map(candidateFrom);
      const path = await greedily(completions);
      yield* show(path, 0);
      return [candidateFrom(path)];
    } finally {
      await completions.close();
    }
  },
};
