// Room for what may be wider than the page: it scrolls by itself, by keyboard too.
import type { ComponentChildren } from "preact";
import "./scroll.css";

/** A box that scrolls sideways. */
export function Scroll({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroll-x" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
