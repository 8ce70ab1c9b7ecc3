/** No prediction can be copied: what a token is to tell does not stand anywhere that it can see, however indirectly. */
import { describe, expect, it } from "vitest";
import type { Place } from "../arc/tokens.ts";
import { TOKEN } from "../arc/tokens.ts";
import { randomTask } from "../qwen3/tiny.test-helper.ts";
import { random } from "../random.ts";
import { type Example, type ObjectiveOptions, objectives } from "./index.ts";
import { reachOf } from "./reach.test-helper.ts";

const samePlace = (a: Place, b: Place): boolean =>
  a.grid === b.grid && a.row === b.row && a.column === b.column;

/** The places of the tokens that a label at `index` tells: its own for masked tokens, the next one's otherwise. */
const toldPlace = (name: string, { tokens }: Example, index: number): Place =>
  tokens[name === "autoregressive" ? index + 1 : index]!.place;

const cases = Object.values(objectives).flatMap((objective) =>
  objective.patterns.flatMap((pattern) =>
    [1, 3].map((copies) => ({ name: objective.name, objective, pattern, copies })),
  ),
);

describe.each(cases)("$name under $pattern with $copies copies", ({ name, objective, pattern, copies }) => {
  const options: ObjectiveOptions = { pattern, copies, weighting: "uniform", fullMask: 0.3, sizeWeight: 0.2 };
  const examples = Array.from({ length: 12 }, (_, i) => {
    const task = randomTask(`leak ${i}`, 1 + (i % 4), 4);
    return { task, example: objective.example(task, i / 12, random("leak", name, i), options) };
  });

  it("shows no token what it is to tell", () => {
    let predictions = 0;
    for (const { example } of examples) {
      const reach = reachOf(example, pattern);
      for (const [query, label] of example.labels.entries()) {
        if (label < 0) continue;
        predictions++;
        const place = toldPlace(name, example, query);
        for (const key of reach[query]!) {
          const { id, place: there } = example.tokens[key]!;
          if (samePlace(there, place) && id !== TOKEN.mask) {
            expect.fail(`token ${query}, to tell ${label}, can see it at ${key}`);
          }
        }
      }
    }
    expect(predictions).toBeGreaterThan(20);
  });

  it("shows a prediction nothing of its own grid but what stands beside it, and nothing of later grids", () => {
    for (const { example } of examples) {
      const reach = reachOf(example, pattern);
      const partOf = example.parts.flatMap(({ length }, part) => new Array<number>(length).fill(part));
      for (const [query, label] of example.labels.entries()) {
        if (label < 0) continue;
        const { grid } = toldPlace(name, example, query);
        for (const key of reach[query]!) {
          const there = example.tokens[key]!;
          // The mark that opens the answer is the prompt's; it tells nothing.
          const isMark = there.id === TOKEN.output && there.place.row === 0;
          const beside = partOf[key] === partOf[query];
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
