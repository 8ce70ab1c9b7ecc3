// Choices that rounding alone could have turned: exact caches give equal frames but where one of these was made.

/** Numbers nearer than this count as a tie. */
export const TIE_MARGIN = 1e-4;

/** Counts ties since the last frame. */
export interface Ties {
  /** Notes whether two numbers that decide something are nearly equal, and gives whether the first is the greater. */
  exceeds(a: number, b: number): boolean;
  add(count: number): void;
  /** The count since this was last asked. */
  take(): number;
}

/** Whether two numbers differ by less than `TIE_MARGIN`. */
export const isTie = (a: number, b: number): boolean => Math.abs(a - b) < TIE_MARGIN;

/** A counter at 0. */
export function newTies(): Ties {
  let count = 0;
  return {
    exceeds(a, b) {
      count += Number(isTie(a, b));
      return a > b;
    },
    add(more) {
      count += more;
    },
    take() {
      const taken = count;
      count = 0;
      return taken;
    },
  };
}
