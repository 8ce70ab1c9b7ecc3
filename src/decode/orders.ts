// In which order open slots are committed. Confidence is MaskGIT's (Chang et al. 2022); entropy and margin are those
// of Dream (Ye et al. 2025) and of Kim et al. 2025, "Train for the worst, plan for the best".
import { JigsawError } from "../core/errors.ts";
import { random } from "../core/random.ts";
import { entropy } from "./distribution.ts";
import type { Prompt } from "./prompt.ts";
import type { Prediction } from "./rounds.ts";

/** What some orders need to know of a puzzle. */
export interface OrderFacts {
  /** The puzzle's background colour. */
  readonly background: number;
  /** A random rank of each slot. */
  readonly ranks: readonly number[];
}

/** The score of a slot: the highest is committed first. */
export type Order = (prediction: Prediction, facts: OrderFacts) => number;

/** The orders by name. */
export const orders = {
  confidence: ({ choice }) => choice.probability,
  entropy: ({ distribution }) => -entropy(distribution),
  margin: ({ choice }) => choice.probability - choice.runnerUpProbability,
  random: ({ slot }, { ranks }) => ranks[slot]!,
  raster: ({ slot }) => -slot,
  // No probability is above 1, so background comes before all else.
  background: ({ choice }, { background }) => (choice.id === background ? 2 : 0) + choice.probability,
} as const satisfies Record<string, Order>;

export type OrderName = keyof typeof orders;
/** The names of all orders. */
export const ORDERS = Object.keys(orders) as [OrderName, ...OrderName[]];

/** The score by which an order commits the slots of a canvas. */
export function scoreBy(
  order: OrderName,
  { format }: Pick<Prompt, "format">,
  slots: number,
  seed: number,
): (prediction: Prediction) => number {
  if (order === "background" && !format.grid) {
    throw new JigsawError("unsupported", 'the order "background" is about grids', "Choose another order.");
  }
  const facts = {
    background: order === "background" ? format.grid!.background : 0,
    ranks: order === "random" ? random("order", seed).sample([...new Array(slots).keys()]) : [],
  };
  return (prediction) => orders[order](prediction, facts);
}
