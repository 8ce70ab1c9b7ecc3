// In which order open cells are committed. Confidence is MaskGIT's (Chang et al. 2022); entropy and margin are those
// of Dream (Ye et al. 2025) and of Kim et al. 2025, "Train for the worst, plan for the best".
import { COLOURS, commonest } from "../arc/grid.ts";
import { random } from "../core/random.ts";
import type { Prompt } from "./decoder.ts";
import { entropy } from "./distribution.ts";
import type { CellReading } from "./rounds.ts";

/** What some orders need to know of a puzzle. */
export interface OrderFacts {
  /** The puzzle's background colour. */
  readonly background: number;
  /** A random rank of each cell. */
  readonly ranks: readonly number[];
}

/** The score of a cell: the highest is committed first. */
export type Order = (reading: CellReading, facts: OrderFacts) => number;

export const orders = {
  confidence: ({ choice }) => choice.probability,
  entropy: ({ distribution }) => -entropy(distribution),
  margin: ({ choice }) => choice.probability - choice.runnerUpProbability,
  random: ({ cell }, { ranks }) => ranks[cell]!,
  raster: ({ cell }) => -cell,
  // No probability is above 1, so background comes before all else.
  background: ({ choice }, { background }) => (choice.id === background ? 2 : 0) + choice.probability,
} as const satisfies Record<string, Order>;

export type OrderName = keyof typeof orders;
export const ORDERS = Object.keys(orders) as [OrderName, ...OrderName[]];

/** The most frequent colour (the lowest of equals) of the test input and of the demonstrations' outputs. */
export function backgroundOf({ tokens, grid }: Pick<Prompt, "tokens" | "grid">): number {
  // Outputs have even numbers, and the test input comes just before its answer.
  const counted = tokens.filter(
    ({ id, place }) => id < COLOURS && (place.grid % 2 === 0 || place.grid === grid - 1),
  );
  return commonest(counted.map(({ id }) => id));
}

export const orderFacts = (prompt: Prompt, cells: number, seed: number): OrderFacts => ({
  background: backgroundOf(prompt),
  ranks: random("order", seed).sample([...new Array(cells).keys()]),
});
