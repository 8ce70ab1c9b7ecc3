// Races to start with, failures among them. What each caption says is checked on the shipped models (studio/chosen.test.ts).
import type { FamilyKey } from "../puzzles/source.ts";
import type { Entry } from "./race.ts";

export interface ChosenRace {
  readonly title: string;
  readonly caption: string;
  readonly puzzle: FamilyKey;
  readonly entries: readonly Entry[];
}

export const chosenRaces: readonly ChosenRace[] = [
  {
    title: "Two ways to the same answer",
    caption: "x",
    puzzle: { family: "frame", level: "medium", seed: 6, index: 0 },
    entries: [
      { decoder: "greedy", model: "typewriter-tiny" },
      { decoder: "adaptive", model: "jigsaw-adapted" },
    ],
  },
];
