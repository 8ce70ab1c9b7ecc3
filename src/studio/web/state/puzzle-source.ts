// Where puzzles come from, as the address tells it: a family and its seed, a folder of the backend, or a dropped file.
import { families, generatePuzzle, type Level, levels } from "../../../puzzles/index.ts";
import type { StudioTask } from "../../shared/tasks.ts";
import { studioTask } from "./puzzle.ts";
import type { Route } from "./routes.ts";

/** A puzzle that Jigsaw draws. */
export interface FamilyKey {
  readonly family: string;
  readonly level: Level;
  readonly seed: number;
  readonly index: number;
}

/** The levels of puzzles. */
export const LEVELS = Object.keys(levels) as Level[];

const number = (text: string | undefined, standard: number): number => {
  const value = Number(text);
  return text && Number.isInteger(value) && value >= 0 ? value : standard;
};

/** Of the puzzles that are shown first; training uses others. */
const FIRST_SEED = 7;

/** The seed of a parameter, or the first one. */
export const seedOf = (text: string | undefined): number => number(text, FIRST_SEED);
/** The level of a parameter, or "easy". */
export const levelOf = (text: string | undefined): Level => LEVELS.find((level) => level === text) ?? "easy";

/** The drawn puzzle that an address names; undefined where it names none. */
export function familyKeyOf(params: Route["params"]): FamilyKey | undefined {
  const { family } = params;
  if (!family || !Object.hasOwn(families, family)) return undefined;
  const { level, seed, index } = params;
  return { family, level: levelOf(level), seed: seedOf(seed), index: number(index, 0) };
}

/** The parameters that `familyKeyOf` reads. */
export const paramsOf = ({ family, level, seed, index }: FamilyKey): Record<string, string> => ({
  family,
  level,
  seed: String(seed),
  index: String(index),
});

/** The same puzzle whenever it is asked for, as `jigsaw puzzles generate` draws it. */
export function drawn({ family, level, seed, index }: FamilyKey): StudioTask {
  return studioTask(generatePuzzle(families[family as keyof typeof families], level, seed, index));
}
