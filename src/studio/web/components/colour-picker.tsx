// The ten colours to paint with.
import { useId } from "preact/hooks";
import { COLOUR_NAMES } from "./labels.ts";

interface PaletteProps {
  readonly colour: number;
  /** Whether painting is what the pointer does now. */
  readonly inUse: boolean;
  onChange(colour: number): void;
}

/** A choice of one colour. */
export function Palette({ colour, inUse, onChange }: PaletteProps) {
  const name = useId();
  return (
    <div class="palette" role="radiogroup" aria-label="Colour to paint with" data-testid="palette">
      {COLOUR_NAMES.map((word, value) => (
        <label key={word} title={`${word} (${value})`} data-in-use={inUse && value === colour}>
          <input
            type="radio"
            name={name}
            checked={value === colour}
            aria-label={word}
            data-testid={`colour-${value}`}
            onClick={() => onChange(value)}
            onChange={() => onChange(value)}
          />
          <span class={`ink-on-${value}`} style={{ background: `var(--c${value})` }} aria-hidden="true">
            {value}
          </span>
        </label>
      ))}
    </div>
  );
}
