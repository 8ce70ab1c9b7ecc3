// Keys that work wherever the focus is, but where one types or a dialog is open.
import { useEffect, useRef } from "preact/hooks";

/** Actions by key: "g", "mod+z", "mod+shift+z"; `mod` is Ctrl or Cmd. */
export type Shortcuts = Readonly<Record<string, () => void>>;

const TAKES_KEYS = "input:not([type=checkbox], [type=radio]), select, textarea, [role=menuitem], dialog";
/** Keys that a focused control uses itself. */
const OF_CONTROLS = new Set([" ", "Enter", "ArrowLeft", "ArrowRight"]);

/** The name of a key as shortcuts spell it: "z" with Ctrl or Cmd is "mod+z". */
function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const mod = event.ctrlKey || event.metaKey;
  return mod ? `mod+${event.shiftKey ? "shift+" : ""}${key}` : key;
}

/** Listens for keys while the component is shown; not in text fields. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const target = event.target as Element;
      if (event.defaultPrevented || event.altKey || target.closest(TAKES_KEYS)) return;
      const name = nameOf(event);
      if (OF_CONTROLS.has(name) && target.closest("button, a, summary, input, [role=grid]")) return;
      const act = latest.current[name];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
}
