// What is solved on both sides of solve.bench.ts: puzzles, and the ways to solve them.

import { type DecodeOptions, type Decoder, type Prompt, promptOf } from "../src/decode/decoder.ts";
import { decoders } from "../src/decode/index.ts";
import { freshPuzzles, type Puzzle } from "../src/evaluate/puzzles.ts";
import { promptPart } from "../src/objectives/layout.ts";
import { type Level, trainedFamilies } from "../src/puzzles/index.ts";
import type { Model } from "../src/qwen3/model.ts";
import { patternOf, writeMask } from "../src/qwen3/patterns.ts";
import { frequencies } from "../src/qwen3/rotary.ts";
import { GRID_TABLE_ROWS } from "../src/qwen3/weights.ts";

export interface Case extends Puzzle {
  readonly level: string;
}

/** As many puzzles of each level, with sizes by a rule where there is one. */
export const casesOf = (levels: readonly Level[], each: number, seed: number): Case[] =>
  levels.flatMap((level) => freshPuzzles(trainedFamilies, [level], each, seed).map((p) => ({ ...p, level })));

export const promptFor = ({ config }: Model, { task, test }: Case): Prompt =>
  promptOf(task, test, "rules", config.jigsaw?.pattern ?? "causal");

/** A way of solving, known to the peer by its name. */
export interface Way {
  readonly decoder: Decoder;
  readonly options: DecodeOptions;
}

const RULES = {
  "steps 10": { decoder: decoders.steps, steps: 10 },
  "steps 30": { decoder: decoders.steps, steps: 30 },
  adaptive: { decoder: decoders.adaptive, threshold: 0.9 },
};

const diffusion = Object.entries(RULES).flatMap(([name, { decoder, ...options }]) =>
  (["none", "prompt"] as const).map((cache): [string, Way] => [
    `${name}, cache ${cache}`,
    { decoder, options: { ...options, cache } },
  ]),
);
export const WHOLE_SOLVE = "adaptive, cache prompt";
const ways = new Map<string, Way>([
  ...diffusion,
  ["greedy", { decoder: decoders.greedy, options: { cache: "prompt" } }],
]);

/** The ways that a model was trained for. */
export const waysFor = ({ config }: Model): Map<string, Way> =>
  new Map([...ways].filter(([, { decoder }]) => config.jigsaw?.objectives.includes(decoder.objective)));

/** Up to where each token of a prompt sees it. */
function seenOf(model: Model, prompt: Prompt): number[] {
  const { length } = prompt.tokens;
  const mask = new Uint8Array(length * length);
  writeMask([promptPart(prompt.tokens)], patternOf(model.config.jigsaw!.pattern), mask, length);
  return prompt.tokens.map((_, i) => mask.subarray(i * length, (i + 1) * length).lastIndexOf(1) + 1);
}

/** What solve_peer.py reads. */
export const peerCase = (model: Model, folder: string, prompts: readonly Prompt[]) => ({
  model: folder,
  frequencies: frequencies(model.config),
  tableRows: GRID_TABLE_ROWS,
  samplers: [...waysFor(model).keys()],
  puzzles: prompts.map((prompt) => ({
    ids: prompt.tokens.map(({ id }) => id),
    places: prompt.tokens.map(({ place }) => [place.grid, place.row, place.column, place.below, place.right]),
    seen: seenOf(model, prompt),
    grid: prompt.grid,
    size: prompt.size ? [prompt.size.rows, prompt.size.columns] : null,
  })),
});
