// The page's controls. Native elements do the work; these give them their look, their label and their name for tests.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

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

export function Button({ children, label, kind, icon, pressed, disabled, title, testid, onClick }: ButtonProps) {
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

export function Switch({ label, on, onChange, testid }: SwitchProps) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        checked={on}
        data-testid={testid}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}

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
    <span class="stepper" role="group" aria-label={label} data-testid={testid}>
      <button type="button" aria-label={`${label}: one less`} disabled={value <= min} onClick={() => onChange(value - 1)}>
        −
      </button>
      <output>{value}</output>
      <button type="button" aria-label={`${label}: one more`} disabled={value >= max} onClick={() => onChange(value + 1)}>
        +
      </button>
    </span>
  );
}

interface MenuProps {
  readonly label: string;
  readonly disabled?: boolean | undefined;
  readonly items: readonly { readonly label: string; readonly testid?: string; readonly act: () => void }[];
  readonly testid?: string;
}

/** A button that opens a list of things to do. */
export function Menu({ label, items, disabled, testid }: MenuProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = () => root.current?.querySelector<HTMLElement>("button");
  const entries = () => [...(root.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  useEffect(() => {
    if (!open) return;
    entries()[0]?.focus();
    const away = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", away);
    return () => removeEventListener("pointerdown", away);
  }, [open]);
  const onKeyDown = (event: KeyboardEvent) => {
    const list = entries();
    const at = list.indexOf(document.activeElement as HTMLElement);
    if (event.key === "ArrowDown") list[(at + 1) % list.length]?.focus();
    else if (event.key === "ArrowUp") list.at(at - 1)?.focus();
    else if (event.key === "Home") list[0]?.focus();
    else if (event.key === "End") list.at(-1)?.focus();
    else if (event.key === "Escape") {
      setOpen(false);
      button()?.focus();
    } else {
      if (event.key === "Tab") setOpen(false);
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="menu" ref={root}>
      <button
        type="button"
        class="button"
        aria-haspopup="menu"
        aria-expanded={open}
        disabled={disabled}
        data-testid={testid}
        onClick={() => setOpen(!open)}
      >
        {label}
      </button>
      {open && (
        <div role="menu" aria-label={label} tabIndex={-1} onKeyDown={onKeyDown}>
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              data-testid={item.testid}
              onClick={() => {
                setOpen(false);
                button()?.focus();
                item.act();
              }}
            >
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  onClose(): void;
}

/** A dialog over the page; Escape and its button close it. */
export function Dialog({ title, children, onClose }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={onClose}>
      <div class="stack">
        <div class="row apart">
          <h2 id={id}>{title}</h2>
          <Button kind="plain" onClick={() => dialog.current?.close()}>
            Close
          </Button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
