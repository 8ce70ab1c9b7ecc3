// A product of experts: each candidate's likelihood in many views of the puzzle, multiplied (Franzen, Disselhoff and
// Hartmann, 2025). Changed: diffusion models give a bound, estimated; what rules say of sizes counts, too.
import { applyToGrid } from "../arc/augment.ts";
import { height, width } from "../arc/grid.ts";
import type { PromptSession } from "../decode/session.ts";
import type { Ledger } from "../engine/ledger.ts";
import { boundedLikelihoods, exactLikelihoods } from "./likelihood.ts";
import type { MergedCandidate, Score } from "./rank.ts";
import { type SizeHint, sizeBelief } from "./sizes.ts";
import type { View } from "./views.ts";

/** How candidates are scored. */
export interface Scoring {
  /** Exactly, reading causally, or by the bound of masked diffusion. */
  readonly likelihood: "exact" | "bound";
  /** Masked copies of a candidate in a view, for the bound. */
  readonly masks: number;
  readonly hint: SizeHint | undefined;
  readonly seed: number;
  /** Whether there is time for another view. */
  readonly mayGoOn: () => boolean;
}

/** A view, and its prompt before the model. */
export interface ScoringView extends View {
  readonly session: PromptSession;
}

/** Scores candidates under the views, one view after another; all have been scored under the same views. */
export async function scoreCandidates(
  views: readonly ScoringView[],
  candidates: readonly MergedCandidate[],
  { likelihood, masks, hint, seed, mayGoOn }: Scoring,
  ledger: Ledger,
): Promise<Map<MergedCandidate, Score>> {
  const sums = candidates.map(() => ({ sum: 0, variance: 0 }));
  let scored = 0;
  for (const { number, augmentation, session: prompt } of views) {
    if (scored > 0 && !mayGoOn()) break;
    await using session = prompt.share({ ledger });
    const grids = candidates.map(({ grid }) => applyToGrid(augmentation, grid));
    const found =
      likelihood === "exact"
        ? await exactLikelihoods(session, grids)
        : await boundedLikelihoods(session, grids, { masks, key: [seed, number] });
    for (const [i, { size, cells, variance }] of found.entries()) {
      const { grid } = candidates[i]!;
      const sizeLog = sizeBelief(hint, { rows: height(grid), columns: width(grid) }, size);
      sums[i]!.sum += sizeLog + cells;
      sums[i]!.variance += variance;
    }
    scored++;
  }
  return new Map(
    candidates.map((candidate, i) => {
      const { sum, variance } = sums[i]!;
      return [candidate, { sum, standardError: Math.sqrt(variance) }];
    }),
  );
}
