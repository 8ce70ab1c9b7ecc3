// What is solved on both sides of solve.bench.ts: puzzles, and the ways to solve them.
import type { Grid } from "../../src/arc/grid.ts";
import type { DecoderSpec } from "../../src/decode/decoders/spec.ts";
import type { Prompt } from "../../src/decode/prompt.ts";
import { promptOf } from "../../src/decode/puzzle-prompt.ts";
import { freshPuzzles, type Puzzle } from "../../src/evaluate/puzzle-sets.ts";
import type { Model } from "../../src/model/model.ts";
import { frequencies } from "../../src/model/rope.ts";
import { GRID_TABLE_ROWS } from "../../src/model/weights.ts";
import { type Level, trainedFamilies } from "../../src/puzzles/index.ts";
import { patternOf, visibleKeys, writeMask } from "../../src/sequence/attention-patterns.ts";

export interface Case extends Puzzle {
  readonly level: string;
}

/** As many puzzles of each level, with sizes by a rule where there is one. */
export const casesOf = (levels: readonly Level[], each: number, seed: number): Case[] =>
  levels.flatMap((level) => freshPuzzles(trainedFamilies, [level], each, seed).map((p) => ({ ...p, level })));

export const promptFor = (model: Model, { task, test }: Case): Prompt<Grid> =>
  promptOf(model, task, test, "rules");

/** Jigsaw's way, and the peers' on the way there. */
export const DECODERS =
  "steps:steps=10:cache=none,steps:steps=30:cache=none,adaptive:cache=none," +
  "steps:steps=10:cache=prompt,steps:steps=30:cache=prompt,adaptive:cache=prompt,greedy";
export const WHOLE_SOLVE = "adaptive:cache=prompt";

/** The decoders that a model was trained for; refuses models that solve_peer.py does not know. */
export function specsFor({ config: { jigsaw } }: Model, specs: readonly DecoderSpec[]): DecoderSpec[] {
  const fit = specs.filter(({ decoder }) => jigsaw.objectives.includes(decoder.objective));
  const fills = fit.some(({ decoder }) => decoder.family === "jigsaw");
  if (jigsaw.positions !== "grid" || (fills && !jigsaw.shift))
    throw new Error(
      "the peer knows only models with grid positions and, where they fill in, the logit shift",
    );
  return fit;
}

/** Up to where each token of a prompt sees it. */
function seenOf(model: Model, { tokens, span }: Prompt): number[] {
  const { length } = tokens;
  const mask = new Uint8Array(length * length);
  writeMask(visibleKeys([span], patternOf(model.config.jigsaw.pattern)), mask, length);
  return tokens.map((_, i) => mask.subarray(i * length, (i + 1) * length).lastIndexOf(1) + 1);
}

/** [rows, columns], where a rule knows them. */
function sizeOf({ format }: Prompt): [number, number] | null {
  const size = format.grid!.size;
  return size ? [size.rows, size.columns] : null;
}

/** What solve_peer.py reads. */
export const peerCase = (
  model: Model,
  folder: string,
  specs: readonly DecoderSpec[],
  prompts: readonly Prompt[],
) => ({
  model: folder,
  frequencies: frequencies(model.config),
  tableRows: GRID_TABLE_ROWS,
  samplers: Object.fromEntries(
    specs.map(({ label, decoder, options }) => [label, { decoder: decoder.name, options }]),
  ),
  puzzles: prompts.map((prompt) => ({
    ids: prompt.tokens.map(({ id }) => id),
    places: prompt.tokens.map(({ place }) => [place.grid, place.row, place.column, place.below, place.right]),
    seen: seenOf(model, prompt),
    grid: prompt.format.grid!.number,
    size: sizeOf(prompt),
  })),
});
