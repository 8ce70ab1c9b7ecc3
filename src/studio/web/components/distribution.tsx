// What the model says of one cell: ten bars, always in the order of the colours, so that they can be compared.
import { COLOUR_NAMES, percent } from "./labels.ts";

export interface DistributionProps {
  /** Probabilities of the ten colours; undefined while nothing is pointed at or known. */
  readonly shares: readonly number[] | null | undefined;
  /** Whose it is, or what to do to see one. */
  readonly title: string;
}

/** The probabilities of the ten colours as bars. */
export function Distribution({ shares, title }: DistributionProps) {
  return (
    <figure
      aria-label={`Distribution over colours. ${title}`}
      class="distribution-of"
      data-testid="distribution"
      data-known={Boolean(shares)}
    >
      <p class="small quiet">{title}</p>
      <ol class="distribution">
        {COLOUR_NAMES.map((name, colour) => {
          const share = shares?.[colour];
          return (
            <li key={name} aria-label={share === undefined ? name : `${name}: ${percent(share)}`}>
              <span class={`swatch ink-on-${colour}`} style={{ background: `var(--c${colour})` }} />
              <span class="bar-of">
                <span style={{ width: `${((share ?? 0) * 100).toFixed(1)}%` }} />
              </span>
              <span class="share quiet">{share === undefined ? "" : percent(share)}</span>
            </li>
          );
        })}
      </ol>
    </figure>
  );
}
