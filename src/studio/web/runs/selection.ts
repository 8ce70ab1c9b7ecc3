// Which runs are shown, as the address tells it: several of one kind, to be compared.
import type { RunSummary } from "../../shared/protocol.ts";
import type { Route } from "../state/routes.ts";

/** The names in the address, in the order in which they were chosen. */
export const namesIn = ({ show = "" }: Route["params"]): string[] =>
  show
    .split(",")
    .filter(Boolean)
    .map((name) => {
      try {
        return decodeURIComponent(name);
      } catch {
        return name;
      }
    });

/** Commas in names are escaped, so that they can't be taken for those between names. */
export const paramsFor = (names: readonly string[]): Route["params"] =>
  names.length > 0 ? { show: names.map(encodeURIComponent).join(",") } : {};

/** The shown runs that there are, all of the first one's kind; where none is, the newest. */
export function shownRuns(names: readonly string[], runs: readonly RunSummary[]): RunSummary[] {
  const found = names.flatMap((name) => runs.find((run) => run.name === name) ?? []);
  const shown = found.filter(({ kind }, i) => kind === found[0]!.kind && found.indexOf(found[i]!) === i);
  return shown.length > 0 ? shown : newestFirst(runs).slice(0, 1);
}

/** Runs by their last change, the newest first. */
export const newestFirst = (runs: readonly RunSummary[]): RunSummary[] =>
  runs.toSorted((a, b) => b.changed - a.changed || a.name.localeCompare(b.name));

/** The names with one more, or one less. */
export const toggled = (names: readonly string[], name: string): string[] =>
  names.includes(name) ? names.filter((other) => other !== name) : [...names, name];

/** How long ago something was, in words: "just now", "5 min ago", "3 days ago". */
export function ago(then: number, now: number): string {
  const minutes = Math.floor((now - then) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  return days === 1 ? "yesterday" : `${days} days ago`;
}

/** Settings that are not the same in all runs: a row of values for each. */
export function differing(
  settings: readonly Readonly<Record<string, unknown>>[],
): { readonly name: string; readonly values: readonly string[] }[] {
  const names = [...new Set(settings.flatMap((one) => Object.keys(one)))].sort();
  return names
    .map((name) => ({ name, values: settings.map((one) => valueText(one[name])) }))
    .filter(({ values }) => new Set(values).size > 1);
}

/** A setting as text. */
export function valueText(value: unknown): string {
  if (value === undefined || value === null || value === "") return "–";
  if (Array.isArray(value)) return value.map(valueText).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
