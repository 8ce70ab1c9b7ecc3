// The page's controls. Native elements do the work; these give them their look, their label and their name for tests.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface ButtonProps {
  readonly children?: ComponentChildren;
  /** For buttons that show only an icon: their name. */
  readonly label?: string | undefined;
  readonly kind?: "primary" | "plain";
  readonly icon?: boolean;
  readonly pressed?: boolean | undefined;
  readonly disabled?: boolean | undefined;
  readonly title?: string | undefined;
  readonly testid?: string | undefined;
  onClick(event: MouseEvent): void;
}

/** A button with words, or an icon with a label. */
export function Button({
  children,
  label,
  kind,
  icon,
  pressed,
  disabled,
  title,
  testid,
  onClick,
}: ButtonProps) {
  return (
    <button
      type="button"
      class={["button", kind, icon && "icon"].filter(Boolean).join(" ")}
      aria-label={label}
      aria-pressed={pressed}
      title={title ?? label}
      disabled={disabled}
      data-testid={testid}
      onClick={onClick}
    >
      {children}
    </button>
  );
}

interface SwitchProps {
  readonly label: string;
  readonly on: boolean;
  onChange(on: boolean): void;
  readonly testid?: string;
}

/** A labelled on/off switch. */
export function Switch({ label, on, onChange, testid }: SwitchProps) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        aria-checked={on}
        checked={on}
        data-testid={testid}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}

/** An option of a Select or Segmented. */
export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  /** A heading under which choices stand together. */
  readonly group?: string;
}

interface SelectProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  onChange(value: T): void;
  /** The label is read out, but not shown. */
  readonly bare?: boolean;
  readonly hint?: string | undefined;
  readonly testid?: string;
}

/** A labelled drop-down list. */
export function Select<T extends string>(props: SelectProps<T>) {
  const { label, value, choices, onChange, bare = false, hint, testid } = props;
  const groups = [...new Set(choices.map(({ group }) => group))];
  const options = (group: string | undefined) =>
    choices
      .filter((choice) => choice.group === group)
      .map((choice) => (
        <option key={choice.value} value={choice.value} selected={choice.value === value}>
          {choice.label}
        </option>
      ));
  return (
    <label class="field">
      <span class={bare ? "unseen" : ""}>{label}</span>
      <select
        class="select"
        value={value}
        data-testid={testid}
        onChange={(event) => onChange(event.currentTarget.value as T)}
      >
        {groups.map((group) =>
          group === undefined ? (
            options(group)
          ) : (
            <optgroup key={group} label={group}>
              {options(group)}
            </optgroup>
          ),
        )}
      </select>
      {hint && <small>{hint}</small>}
    </label>
  );
}

interface SegmentedProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly (Choice<T> & { readonly icon?: ComponentChildren; readonly title?: string })[];
  onChange(value: T): void;
  readonly testid?: string;
}

/** A few choices side by side, one of them taken. */
export function Segmented<T extends string>({ label, value, choices, onChange, testid }: SegmentedProps<T>) {
  const name = useId();
  return (
    <div class="segmented" role="radiogroup" aria-label={label} data-testid={testid}>
      {choices.map((choice) => (
        <label key={choice.value} title={choice.title}>
          <input
            type="radio"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
          />
          {choice.icon}
          {choice.label}
        </label>
      ))}
    </div>
  );
}

interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number | "any";
  /** The value in words, for screen readers. */
  readonly text?: string;
  readonly disabled?: boolean;
  onChange(value: number): void;
  readonly testid?: string;
}

/** A range input. */
export function Slider({ label, value, min, max, step = 1, text, disabled, onChange, testid }: SliderProps) {
  return (
    <input
      class="slider"
      type="range"
      aria-label={label}
      aria-valuetext={text}
      min={min}
      max={max}
      step={step}
      value={value}
      disabled={disabled}
      data-testid={testid}
      onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
    />
  );
}

interface StepperProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  onChange(value: number): void;
  readonly testid?: string;
}

/** A small number, with one less and one more. */
export function Stepper({ label, value, min, max, onChange, testid }: StepperProps) {
  return (
    <fieldset class="stepper" aria-label={label} data-testid={testid}>
      <button
        type="button"
        aria-label={`${label}: one less`}
        disabled={value <= min}
        onClick={() => onChange(value - 1)}
      >
        −
      </button>
      <output>{value}</output>
      <button
        type="button"
        aria-label={`${label}: one more`}
        disabled={value >= max}
        onClick={() => onChange(value + 1)}
      >
        +
      </button>
    </fieldset>
  );
}
