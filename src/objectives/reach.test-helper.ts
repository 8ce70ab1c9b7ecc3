// What the tokens of an example can know of one another, through any number of layers.
import { type PatternName, patterns, visibleKeys, writeMask } from "../sequence/attention-patterns.ts";
import type { Example } from "./objective.ts";

/** For each token, the tokens whose content can reach it (itself among them). */
export function reachOf({ tokens, spans }: Example, pattern: PatternName): Set<number>[] {
  const total = tokens.length;
  const mask = new Uint8Array(total * total);
  writeMask(visibleKeys(spans, patterns[pattern]), mask, total);
  const sees = Array.from({ length: total }, (_, q) =>
    [...Array(total).keys()].filter((k) => mask[q * total + k] === 1),
  );
  return sees.map((_, query) => {
    const reached = new Set([query]);
    // A set is walked in the order of insertion, what is added on the way included.
    for (const via of reached) for (const key of sees[via]!) reached.add(key);
    return reached;
  });
}
