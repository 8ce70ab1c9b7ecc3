// The size of the answer, set by hand.

import type { Grid } from "../../../arc/grid.ts";
import type { Template } from "../../../decode/frames.ts";
import { drawnShape } from "../../../decode/frames.ts";
import { Stepper } from "../components/controls.tsx";
import { openCanvas } from "../play/blank.ts";
import { dispatch } from "./touch-store.ts";

interface SizeProps {
  readonly canvas: Template | undefined;
  /** Of the test input: where to begin, while no size is known. */
  readonly input: Grid;
}

/** Steppers for the answer's size; a new size is a new, open canvas. */
export function Size({ canvas, input }: SizeProps) {
  const [rows, columns] = canvas ? drawnShape(canvas) : [input.length, input[0]!.length];
  const set = (r: number, c: number) => dispatch({ type: "edit", canvas: openCanvas(r, c), first: true });
  return (
    <fieldset>
      <legend>Size of the answer</legend>
      <div class="row">
        <Stepper label="Rows" value={rows} min={1} max={30} onChange={(r) => set(r, columns)} testid="rows" />
        <span class="small quiet">by</span>
        <Stepper
          label="Columns"
          value={columns}
          min={1}
          max={30}
          onChange={(c) => set(rows, c)}
          testid="columns"
        />
      </div>
    </fieldset>
  );
}
