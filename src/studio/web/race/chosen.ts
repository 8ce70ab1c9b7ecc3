// Races to start with, failures among them. That each ends as its caption says is checked on the shipped models
// (studio/chosen.test.ts).
import type { FamilyKey } from "../state/puzzle-source.ts";
import type { Entry } from "./race.ts";

/** A race to start with. */
export interface ChosenRace {
  readonly title: string;
  /** What there is to see. */
  readonly caption: string;
  readonly puzzle: FamilyKey;
  readonly entries: readonly Entry[];
}

/** One set of weights that types and fills in, so that only the way of decoding differs. */
const JOINT = "jigsaw-joint";

/** In the order in which they are listed. */
export const chosenRaces: readonly ChosenRace[] = [
  {
    title: "The same answer, in far fewer passes",
    caption:
      "One set of weights, two ways. Left to right it takes a pass for every cell; surest first it is done in five. No model has seen this kind of puzzle before.",
    puzzle: { family: "swap-colours", level: "medium", seed: 8, index: 0 },
    entries: [
      { decoder: "greedy", model: JOINT },
      { decoder: "adaptive", model: JOINT },
    ],
  },
  {
    title: "The typewriter slips",
    caption:
      "The same weights. Greedy gets three cells wrong and cannot return to them; adaptive, which sees the whole canvas in every pass, gets all of them right.",
    puzzle: { family: "halo", level: "medium", seed: 8, index: 1 },
    entries: [
      { decoder: "greedy", model: JOINT },
      { decoder: "adaptive", model: JOINT },
    ],
  },
  {
    title: "The jigsaw slips",
    caption:
      "Adaptive commits all that it is sure of at once, and is sure of three wrong cells. Greedy takes its time and is right; edit goes over a draft and mends it.",
    puzzle: { family: "fill", level: "medium", seed: 8, index: 0 },
    entries: [
      { decoder: "greedy", model: JOINT },
      { decoder: "adaptive", model: JOINT },
      { decoder: "edit", model: JOINT },
    ],
  },
  {
    title: "Taking back pays",
    caption:
      "Edit begins with the test input as a draft and writes over what looks unlikely. It is right where the others are not: greedy by far, adaptive by nine cells.",
    puzzle: { family: "extend-line", level: "medium", seed: 8, index: 1 },
    entries: [
      { decoder: "greedy", model: JOINT },
      { decoder: "adaptive", model: JOINT },
      { decoder: "edit", model: JOINT },
    ],
  },
  {
    title: "Drafted at once, read once",
    caption:
      "Speculative drafts all cells in one pass and reads them left to right in another. Its answer is greedy's own, cell by cell.",
    puzzle: { family: "frame", level: "medium", seed: 8, index: 1 },
    entries: [
      { decoder: "greedy", model: JOINT },
      { decoder: "speculative", model: JOINT },
    ],
  },
  {
    title: "A search that turns back",
    caption:
      "Tree commits, finds the rest of the canvas unlikely, and goes back to try another colour. It is right where the same model without search is not.",
    puzzle: { family: "rays", level: "easy", seed: 6, index: 4 },
    entries: [
      { decoder: "adaptive", model: "jigsaw-adapted" },
      { decoder: "tree", model: "jigsaw-adapted" },
    ],
  },
  {
    title: "Taking back does not pay",
    caption:
      "A typewriter that may press backspace does so many times, and ends with more mistakes than the one that may not.",
    puzzle: { family: "swap-colours", level: "easy", seed: 6, index: 2 },
    entries: [
      { decoder: "greedy", model: "typewriter-tiny" },
      { decoder: "backspace", model: "typewriter-backspace" },
    ],
  },
  {
    title: "Neither can do it",
    caption:
      "The grid is to be mirrored. Neither way has learnt to move cells by where they stand, and both get most of them wrong.",
    puzzle: { family: "flip", level: "easy", seed: 6, index: 1 },
    entries: [
      { decoder: "greedy", model: JOINT },
      { decoder: "adaptive", model: JOINT },
    ],
  },
];
