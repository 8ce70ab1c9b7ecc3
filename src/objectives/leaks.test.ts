/** No prediction can be copied: what a token is to tell does not stand anywhere that it can see, however indirectly. */
import { describe, expect, it } from "vitest";
import { random } from "../core/random.ts";
import { randomTask } from "../model/tiny.test-helper.ts";
import { type GridPosition, TOKEN, type Token } from "../sequence/tokens.ts";
import { takenBack } from "./backspace.test-helper.ts";
import { type Example, type Objective, objectiveOptions, objectives } from "./index.ts";
import { reachOf } from "./reach.test-helper.ts";

const samePlace = (a: GridPosition, b: GridPosition): boolean =>
  a.grid === b.grid && a.row === b.row && a.column === b.column;

/** The place that a label at `index` tells of: the token's own, or (`next`) that of the token after it. */
function toldPlace(next: boolean, { tokens }: Example, index: number): GridPosition {
  const { place, id } = tokens[index]!;
  if (!next) return place;
  // With the logit shift, the mark tells the height, which lies in no part, and the height the width.
  if (id === TOKEN.output) return { ...place, column: 1 };
  if (place.row === 0 && place.column === 1) return { ...place, column: 2 };
  return tokens[index + 1]!.place;
}

/** The part that each token is of. */
const partsOf = ({ spans }: Example): number[] =>
  spans.flatMap(({ length }, part) => new Array<number>(length).fill(part));

const isCell = ({ place }: Token): boolean => place.row > 0 && place.right > 0;

/**
 * The spans that may hold errors: every cell is told, visible ones too. There a cell sees itself, which tells nothing
 * for sure; what holds the truth for sure, another copy, it must not see.
 */
function doubtful({ tokens, labels, spans }: Example, next: boolean): Set<number> {
  const found = new Set<number>();
  let start = 0;
  for (const [part, { length }] of spans.entries()) {
    const told = (i: number) => labels[i - Number(next)]! >= 0;
    const cells = Array.from({ length }, (_, i) => start + i).filter((i) => isCell(tokens[i]!));
    const seen = cells.filter((i) => tokens[i]!.id !== TOKEN.mask);
    if (part > 0 && seen.length > 0 && cells.every(told)) found.add(part);
    start += length;
  }
  return found;
}

const cases = Object.values<Objective>(objectives).flatMap((objective) =>
  objective.patterns.flatMap((pattern) =>
    [
      { copies: 1, shift: false, blockSize: undefined, wrongCells: 0 },
      { copies: 3, shift: pattern !== "blocks", blockSize: 2, wrongCells: 0.4 },
      { copies: 2, shift: false, blockSize: undefined, wrongCells: 0.8 },
    ].map((options) => ({ name: objective.name, objective, pattern, ...options })),
  ),
);

const TITLE = "$name under $pattern with $copies copies, shift $shift, wrong cells $wrongCells";

describe.each(cases)(TITLE, ({ name, objective, pattern, copies, shift, blockSize, wrongCells }) => {
  const given = { pattern, copies, fullMask: 0.3, sizeWeight: 0.2, shift, blockSize, wrongCells };
  const options = objectiveOptions(objective, given);
  const next = shift || name !== "masked-diffusion";
  const corrupts = wrongCells > 0 && ["masked-diffusion", "joint"].includes(name) && pattern !== "blocks";
  const examples = Array.from({ length: 12 }, (_, i) => {
    const task = randomTask(`leak ${i}`, 1 + (i % 4), 4);
    return { task, example: objective.example(task, i / 12, random("leak", name, i), options) };
  });

  it("shows no token what it is to tell", () => {
    let predictions = 0;
    let doubts = 0;
    for (const { example } of examples) {
      const reach = reachOf(example, pattern);
      // What was taken back is no answer, and a backspace tells of the token that it stands for.
      const gone = takenBack(example.tokens);
      // Operations share places; under causal attention none that is seen is still to be told.
      const script = example.tokens.findIndex(({ id }) => id === TOKEN.edit);
      const partOf = partsOf(example);
      const unsure = doubtful(example, next);
      doubts += unsure.size;
      for (const [query, label] of example.labels.entries()) {
        if (label < 0 || label === TOKEN.backspace) continue;
        predictions++;
        const place = toldPlace(next, example, query);
        for (const key of reach[query]!) {
          if (gone.has(key) || (script >= 0 && key > script && key <= query)) continue;
          if (partOf[key] === partOf[query] && unsure.has(partOf[key]!)) continue;
          const { id, place: there } = example.tokens[key]!;
          if (samePlace(there, place) && id !== TOKEN.mask) {
            expect.fail(`token ${query}, to tell ${label}, can see it at ${key}`);
          }
        }
      }
    }
    expect(predictions).toBeGreaterThan(20);
    expect(doubts > 0).toBe(corrupts);
  });

  it("shows a prediction nothing of its own grid but what stands beside it, and nothing of later grids", () => {
    for (const { example } of examples) {
      const reach = reachOf(example, pattern);
      const partOf = partsOf(example);
      for (const [query, label] of example.labels.entries()) {
        if (label < 0) continue;
        const { grid } = toldPlace(next, example, query);
        for (const key of reach[query]!) {
          const there = example.tokens[key]!;
          // The mark that opens the answer is the prompt's; it tells nothing.
          const isMark = there.id === TOKEN.output && there.place.row === 0;
          const { cleanCopy } = example.spans[partOf[query]!]!;
          const beside = partOf[key] === partOf[query] || partOf[key] === cleanCopy?.span;
          const foreign = there.place.grid > grid || (there.place.grid === grid && !beside);
          if (foreign && !isMark) expect.fail(`token ${query} of grid ${grid} can see ${key}`);
        }
      }
    }
  });

  it("keeps the test's output out of the prompt", () => {
    for (const { task, example } of examples) {
      const [test] = task.test;
      const output = test!.output!.map((line) => line.map((colour) => (colour + 1) % 10));
      const other = objective.example(
        { ...task, test: [{ input: test!.input, output }] },
        0.5,
        random("leak"),
        options,
      );
      // Same size, other colours: up to the answer's mark, both are the same.
      const mark = (of: Example) => of.tokens.findLastIndex(({ id }) => id === TOKEN.output);
      const prompt = (of: Example) => of.tokens.slice(0, mark(of) + 1);
      expect(prompt(other)).toEqual(prompt(example));
    }
  });
});
