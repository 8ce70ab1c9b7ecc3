import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advance, CLOCKS, endOf, limitOf, shownAt, stepBack, stepOn, translate } from "./clock.ts";
import { newRun, type Run } from "./decode-run.ts";
import { shot } from "./shots.test-helper.ts";

const run = (status: Run["status"], ...passes: readonly number[]): Run => ({
  ...newRun,
  status,
  shots: passes.map((pass) => shot(pass)),
});

describe("a clock", () => {
  it("shows the last shot that was taken by then", () => {
    const { shots } = run("done", 2, 3, 7);
    expect([0, 1.9, 2, 6.9, 7, 99].map((head) => shownAt(shots, "pass", head))).toEqual([-1, -1, 0, 1, 2, 2]);
    expect([19, 20, 69, 70].map((head) => shownAt(shots, "time", head))).toEqual([-1, 0, 1, 2]);
  });

  it("ends with the slowest lane, and waits for lanes that still run", () => {
    const [fast, slow] = [run("done", 1, 2), run("running", 1, 2, 3)];
    expect(endOf([fast, slow], "pass")).toBe(3);
    expect(limitOf([fast, slow], "pass")).toBe(3);
    // The one that runs has shown less than the one that is done.
    expect(limitOf([run("done", 1, 9), run("running", 1, 2)], "pass")).toBe(2);
    expect(limitOf([fast, run("waiting")], "pass")).toBe(0);
    expect(limitOf([run("done", 1, 9), run("failed", 1)], "pass")).toBe(9);
  });

  it("goes on at its speed, never beyond the limit and never back", () => {
    expect(advance(1, 500, "pass", 4, 99)).toBe(3);
    expect(advance(10, 500, "time", 1 / 10, 99)).toBe(60);
    expect(advance(1, 5000, "pass", 4, 6)).toBe(6);
    expect(advance(8, 16, "pass", 4, 6)).toBe(8);
  });

  it("steps through every moment at which any lane changes, and back the same way", () => {
    const passes = fc
      .uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 12 })
      .map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(
        fc.array(passes, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...CLOCKS),
        (lanes, clock) => {
          const runs = lanes.map((lane) => run("done", ...lane));
          const unit = clock === "pass" ? 1 : 10;
          const expected = [...new Set(lanes.flat())].sort((a, b) => a - b).map((pass) => pass * unit);
          const there: number[] = [];
          for (
            let head = stepOn(runs, clock, 0);
            head !== there.at(-1) && head > 0;
            head = stepOn(runs, clock, head)
          )
            there.push(head);
          expect(there).toEqual(expected);
          const back: number[] = [];
          for (let head = endOf(runs, clock); head > 0; head = stepBack(runs, clock, head)) back.push(head);
          expect(back.toReversed()).toEqual(expected);
        },
      ),
    );
  });

  it("keeps what is seen when another clock is chosen", () => {
    const runs = [run("done", 1, 4), run("done", 2, 3)];
    const head = translate(runs, "pass", "time", 3);
    expect(head).toBe(30);
    for (const { shots } of runs) expect(shownAt(shots, "time", head)).toBe(shownAt(shots, "pass", 3));
    expect(translate(runs, "time", "pass", 0)).toBe(0);
  });
});
