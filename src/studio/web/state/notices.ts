// Messages at the edge of the page, until they are put away; and announcements to screen readers.
import { createStore, type Store } from "./store.ts";

/** A message. */
export interface Notice {
  readonly id: number;
  readonly kind: "error" | "done";
  readonly text: string;
  readonly hint?: string | undefined;
}

/** Milliseconds after which good news goes away by itself. */
const STAYS = 5000;

let count = 0;
/** The messages on screen, the newest last. */
export const notices: Store<readonly Notice[]> = createStore<readonly Notice[]>([]);

/** Shows a message. */
export function notify(kind: Notice["kind"], text: string, hint?: string): void {
  const notice = { id: ++count, kind, text, hint };
  // The same twice is one message; more than three at once nobody reads.
  notices.set((now) => [...now.filter((other) => other.text !== text), notice].slice(-3));
  if (kind === "done") setTimeout(() => dismiss(notice.id), STAYS);
}

/** Puts a message away. */
export function dismiss(id: number): void {
  notices.set((now) => now.filter((one) => one.id !== id));
}

/** An error's message, with what to do about it where it tells. */
export function notifyError(error: unknown): void {
  const { message, hint } = error as { message?: unknown; hint?: unknown };
  notify(
    "error",
    typeof message === "string" && message ? message : String(error),
    typeof hint === "string" ? hint : undefined,
  );
}

/** The text of the live region: said to screen readers while nothing has the focus, sparsely; the latest wins. */
export const announcement: Store<string> = createStore("");

/** Says a text to screen readers. */
export const announce = (text: string): void => announcement.set(text);
