// Colours for canvases: a canvas knows no custom properties, so their computed values are asked for.
import { useEffect, useReducer } from "preact/hooks";
import { theme } from "../state/preferences.ts";

/** Runs are told apart by a colour and by how their line is dashed. */
export const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [10, 3, 2, 3], [14, 5], [4, 2]];
/** The colour of the i-th chosen run, as CSS. */
export const runColour = (i: number): string => `var(--run-${i % DASHES.length})`;
/** Its dashes, in pixels. */
export const runDash = (i: number): readonly number[] => DASHES[i % DASHES.length]!;

/** What a CSS colour, custom properties and all, comes to on an element. */
export function computedColour(on: HTMLElement, colour: string): string {
  const probe = document.createElement("span");
  probe.style.color = colour;
  on.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** A number that changes with the theme, for what must be drawn anew then. */
export function useThemeVersion(): number {
  const [version, changed] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const onChange = () => changed(undefined);
    dark.addEventListener("change", onChange);
    // The attribute on the document is set by another subscriber: afterwards.
    const end = theme.subscribe(() => queueMicrotask(onChange));
    return () => {
      dark.removeEventListener("change", onChange);
      end();
    };
  }, []);
  return version;
}
