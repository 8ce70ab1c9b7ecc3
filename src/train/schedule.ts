export const SCHEDULES = ["cosine", "linear", "stable", "constant"] as const;
export type Schedule = (typeof SCHEDULES)[number];

/** "stable" holds the peak until this share of the steps is left, then falls in a line (warm-up, stable, decay). */
const DECAY = 0.4;

/**
 * The learning rate's factor at a step from 0 on: rises in a line over the warm-up, then falls as its kind says, to
 * 0 by the last step (but for "constant").
 */
export function scheduleFactor(kind: Schedule, step: number, steps: number, warmup: number): number {
  if (step < warmup) return (step + 1) / warmup;
  const done = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  return {
    cosine: (1 + Math.cos(Math.PI * done)) / 2,
    linear: 1 - done,
    stable: Math.min(1, (1 - done) / DECAY),
    constant: 1,
  }[kind];
}
