import { describe, expect, it } from "vitest";
import {
  candidateOf,
  commit,
  fork,
  frameOf,
  type Opening,
  openCanvas,
  openSlots,
  retract,
} from "./canvas.ts";
import { type Choice, forced } from "./distribution.ts";
import { OPEN } from "./frames.ts";
import { gridLayout } from "./grid-format.ts";
import { newTies } from "./ties.ts";

const choice = (id: number, probability: number, more: Partial<Choice> = {}): Choice => ({
  id,
  probability,
  runnerUp: id + 1,
  runnerUpProbability: 0.01,
  tie: false,
  ...more,
});
const open = (rows: number, columns: number, opening: Opening = {}) =>
  openCanvas(gridLayout(rows, columns, 6), opening);
const decided = [choice(18, 0.5), choice(19, 0.25)];

describe("a canvas", () => {
  it("is open at first, and is filled and taken back slot by slot", () => {
    const canvas = open(2, 3, { decided });
    expect(canvas).toMatchObject({ ids: new Array(6).fill(OPEN), confidence: new Array(6).fill(0) });
    commit(canvas, 4, choice(7, 0.5));
    expect(openSlots(canvas)).toEqual([0, 1, 2, 3, 5]);
    expect([canvas.ids[4], canvas.confidence[4]]).toEqual([7, 0.5]);
    retract(canvas, 4);
    expect(openSlots(canvas)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(canvas.choices.size).toBe(0);
    expect(canvas.logProbability).toBeCloseTo(Math.log(0.5 * 0.25), 12);
  });

  it("begins with what a template fills, at no cost in probability", () => {
    const slots = [3, OPEN, OPEN, 7];
    const canvas = open(2, 2, { template: { shape: [2, 2], slots, locked: [0] } });
    expect(canvas.ids).toEqual(slots);
    expect(canvas.confidence).toEqual([1, 0, 0, 1]);
    expect([...canvas.locked]).toEqual([0]);
    expect(canvas.logProbability).toBe(0);
  });

  it("has the probability of all its choices, those of its layout included", () => {
    const canvas = open(1, 2, { decided });
    commit(canvas, 1, choice(3, 0.5));
    commit(canvas, 0, choice(9, 0.1));
    commit(canvas, 0, choice(4, 0.8));
    expect(candidateOf(canvas).logProbability).toBeCloseTo(Math.log(0.5 * 0.25 * 0.5 * 0.8), 12);
  });

  it("has for its runner-up the answer with the narrowest choice, the first of equals, decided otherwise", () => {
    const canvas = open(2, 2);
    commit(canvas, 3, choice(1, 0.9));
    commit(canvas, 2, choice(1, 0.5, { runnerUp: 8, runnerUpProbability: 0.25 }));
    commit(canvas, 1, choice(1, 0.45, { runnerUp: 6, runnerUpProbability: 0.2 }));
    commit(canvas, 0, choice(1, 0.4));
    expect(candidateOf(canvas)).toMatchObject({
      answer: [
        [1, 1],
        [1, 1],
      ],
      runnerUp: [
        [1, 1],
        [8, 1],
      ],
    });
  });

  it("gives frames of their own, each with the ties since the last", () => {
    const tie = { tie: true };
    const canvas = open(1, 2, { decided: [choice(17, 0.5, tie), choice(18, 0.5, tie)] });
    commit(canvas, 1, choice(3, 0.5, tie));
    const first = frameOf(canvas, 4, [1]);
    commit(canvas, 0, choice(2, 0.75));
    const second = frameOf(canvas, 5, [0]);
    const frame = { shape: [1, 2], retracted: [] };
    expect([first, second]).toEqual([
      { ...frame, pass: 4, slots: [OPEN, 3], confidence: [0, 0.5], committed: [1], ties: 3 },
      { ...frame, pass: 5, slots: [2, 3], confidence: [0.75, 0.5], committed: [0], ties: 0 },
    ]);
  });

  it("goes its own way as a copy, whose ties are its own", () => {
    const canvas = open(1, 2, { ties: newTies() });
    commit(canvas, 0, choice(1, 0.5));
    const copy = fork(canvas);
    commit(copy, 1, choice(2, 0.5, { tie: true }));
    retract(copy, 0);
    expect(canvas.ids).toEqual([1, OPEN]);
    expect(copy.ids).toEqual([OPEN, 2]);
    expect([canvas.ties.take(), copy.ties.take()]).toEqual([0, 1]);
    expect(canvas.logProbability).toBeCloseTo(Math.log(0.5), 12);
    commit(canvas, 1, forced(5));
    expect([...copy.choices.keys()]).toEqual([1]);
  });
});
