// What a visitor chose about the look of the page; kept in the browser.
import { type Keep, keptStore, type Store } from "./store.ts";

/** The themes of the page. */
export const THEMES = ["system", "light", "dark"] as const;
/** The theme of the page. */
export type Theme = (typeof THEMES)[number];

const local = <T>(key: string, read: (json: unknown) => T | undefined): Keep<T> => ({
  key: `jigsaw:${key}`,
  where: () => localStorage,
  read,
});
const aSwitch = (json: unknown) => (typeof json === "boolean" ? json : undefined);

/** The chosen theme; "system" follows the browser. */
export const theme: Store<Theme> = keptStore<Theme>(
  "system",
  local("theme", (json) => THEMES.find((name) => name === json)),
);

/** A digit in every cell, for those who don't tell the colours apart. */
export const digits: Store<boolean> = keptStore(false, local("digits", aSwitch));

/** Cells shaded by confidence. */
export const heat: Store<boolean> = keptStore(false, local("heat", aSwitch));

/** Filled cells that are not as in the answer are marked, where that is known. */
export const markWrong: Store<boolean> = keptStore(true, local("mark-wrong", aSwitch));

/** Puts the chosen theme on the document, now and whenever it changes. */
export function applyTheme(): void {
  const apply = () => {
    const chosen = theme.get();
    if (chosen === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
  };
  theme.subscribe(apply);
  apply();
}
