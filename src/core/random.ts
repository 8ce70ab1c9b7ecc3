import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Draws from one stream of random numbers; the same key gives the same stream everywhere. */
export interface Random {
  /** A number in [0, 1). */
  float(): number;
  /** An integer in [from, to], both ends included. */
  int(from: number, to: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** A draw from the standard normal distribution. */
  normal(): number;
  pick<T>(items: readonly T[]): T;
  /** `count` different items (all of them, shuffled, by default), in random order. */
  sample<T>(items: readonly T[], count?: number): T[];
}

/** FNV-1a over the key's text, finished with murmur's avalanche: near keys give unrelated streams. */
function hash(key: readonly (string | number)[]): number {
  let h = 0x811c9dc5;
  for (const char of key.join("\u0000")) {
    h = Math.imul(h ^ char.codePointAt(0)!, 0x01000193);
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * The stream of random numbers that belongs to a key such as `("batch", seed, step, index)`.
 * Streams are told apart by key alone, so any sample can be drawn again without those before it.
 */
export function random(...key: (string | number)[]): Random {
  const generator = xoroshiro128plus(hash(key));
  const float = () => ((generator.next() >>> 5) * 67108864 + (generator.next() >>> 6)) / 2 ** 53;
  const int = (from: number, to: number) => from + Math.floor(float() * (to - from + 1));
  return {
    float,
    int,
    chance: (probability) => float() < probability,
    normal: () => Math.sqrt(-2 * Math.log(1 - float())) * Math.cos(2 * Math.PI * float()),
    pick: (items) => items[int(0, items.length - 1)]!,
    sample: (items, count = items.length) => {
      const pool = [...items];
      for (let i = 0; i < count; i++) {
        const j = int(i, pool.length - 1);
        [pool[i], pool[j]] = [pool[j]!, pool[i]!];
      }
      return pool.slice(0, count);
    },
  };
}
