import type { Grid } from "./grid.ts";

/** A demonstration: an input and the output that the hidden rule makes of it. */
export interface Pair {
  readonly input: Grid;
  readonly output: Grid;
}

/** A test input; `output` is its answer where the source tells it. */
export interface Test {
  readonly input: Grid;
  readonly output?: Grid;
}

/** An ARC task: demonstrations of one rule, and inputs to apply it to. */
export interface Task {
  readonly id: string;
  readonly train: readonly Pair[];
  readonly test: readonly Test[];
}
