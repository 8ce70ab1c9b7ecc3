import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OPEN } from "../../../decode/frames.ts";
import { templateSchema } from "../../shared/protocol.ts";
import { openCanvas } from "../play/blank.ts";
import { erase, paint, sameCanvas, toggleLock } from "./canvas-edits.ts";

describe("a canvas that is worked on", () => {
  it("locks what is painted, and frees what is erased", () => {
    const painted = paint(openCanvas(2, 2), [3, 1], 5);
    expect(painted).toMatchObject({ slots: [OPEN, 5, OPEN, 5], locked: [1, 3] });
    expect(erase(painted, [0, 1])).toMatchObject({
      slots: [OPEN, OPEN, OPEN, 5],
      locked: [3],
    });
  });

  it("locks what is filled, and unlocks it once all of it is locked", () => {
    const filled = { ...openCanvas(1, 3), slots: [4, OPEN, 6], locked: [0] };
    const all = toggleLock(filled, [0, 1, 2]);
    expect(all.locked).toEqual([0, 2]);
    expect(toggleLock(all, [0, 1]).locked).toEqual([2]);
    expect(toggleLock(all, [1]).locked).toEqual([0, 2]);
  });

  it("is always one that a backend takes, and never changes the one before", () => {
    const cells = fc.array(fc.nat(11), { minLength: 1, maxLength: 6 });
    const act = fc.oneof(
      fc.record({ of: fc.constant("paint"), cells, colour: fc.nat(9) }),
      fc.record({ of: fc.constantFrom("erase", "lock"), cells }),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 12 }), (acts) => {
        let canvas = openCanvas(3, 4);
        for (const one of acts) {
          const before = structuredClone(canvas);
          const kept = canvas;
          if ("colour" in one) canvas = paint(canvas, one.cells, one.colour);
          else canvas = one.of === "erase" ? erase(canvas, one.cells) : toggleLock(canvas, one.cells);
          expect(kept).toEqual(before);
          expect(templateSchema.safeParse(canvas).success).toBe(true);
        }
        expect(sameCanvas(canvas, structuredClone(canvas))).toBe(true);
      }),
    );
  });

  it("differs by any slot, lock or side", () => {
    const canvas = paint(openCanvas(2, 3), [0], 1);
    expect(sameCanvas(canvas, paint(canvas, [0], 2))).toBe(false);
    expect(sameCanvas(canvas, toggleLock(canvas, [0]))).toBe(false);
    expect(sameCanvas(canvas, { ...canvas, shape: [3, 2] })).toBe(false);
  });
});
