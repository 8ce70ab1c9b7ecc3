// A few plain icons, drawn in the colour of the text.
import type { ComponentChildren } from "preact";

const icon = (children: ComponentChildren) => () => (
  <svg viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
    {children}
  </svg>
);

export const Mark = () => (
  <svg viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">
    <path d="M1 1h6v6H1zM9 9h6v6H9zM1 9h6v6H1z" />
    <path fill="none" stroke="currentColor" stroke-width="1.2" d="M9.6 1.6h4.8v4.8H9.6z" />
  </svg>
);

const solid = (d: string) => icon(<path d={d} fill="currentColor" stroke="none" />);

export const Play = solid("M4 2.5v11l9.5-5.5z");
export const Pause = solid("M4 3h3v10H4zM9 3h3v10H9z");
export const StepOn = solid("M3 3v10l7-5zM11 3h2v10h-2z");
export const StepBack = solid("M13 3v10L6 8zM3 3h2v10H3z");
export const ToStart = solid("M13.5 3v10L8 8zM8.5 3v10L3 8zM2 3h1.2v10H2z");
export const Stop = solid("M3.5 3.5h9v9h-9z");
export const Undo = icon(<path d="M5.5 2.5 2.5 5.5l3 3M3 5.5h6.5a4 4 0 0 1 0 8H6" />);
export const Redo = icon(<path d="m10.5 2.5 3 3-3 3M13 5.5H6.5a4 4 0 0 0 0 8H10" />);
export const Pointer = icon(<path d="M4 2.5v10l2.7-2.6 1.8 4 1.7-.8-1.8-3.9H12z" />);
export const Brush = icon(
  <path d="M13.5 2.5 7 9M6.7 8.7c-1.6-.6-3 .4-3.2 2.1-.1 1-.6 1.7-1.3 2.2 2.6.9 5.9.2 5.8-2.8z" />,
);
export const Eraser = icon(<path d="m9 2.8 4.4 4.4-6 6H4.6L2.4 11zM5.7 6.2l4.4 4.4" />);
export const Lock = icon(<path d="M3.5 7.5h9v6h-9zM5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2" />);
export const Bucket = icon(
  <path d="m7.5 2 5.5 5.5-5 5-5-5L7.5 2ZM3 7.5h10M14 10.5c.8 1.2.8 2.5 0 3-.8-.5-.8-1.8 0-3Z" />,
);
export const Cross = icon(<path d="m4 4 8 8M12 4l-8 8" />);
export const Plus = icon(<path d="M8 3v10M3 8h10" />);
export const Sun = icon(
  <path d="M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1" />,
);
export const Moon = icon(<path d="M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7Z" />);
export const Auto = icon(
  <>
    <circle cx="8" cy="8" r="6" />
    <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" stroke="none" />
  </>,
);
export const Arrow = icon(<path d="M2.5 8h10M9 4.5 12.5 8 9 11.5" />);
export const Digits = icon(
  <>
    <path d="M1.5 1.5h13v13h-13z" />
    <path d="M5.5 5h5L7.5 11.5" />
  </>,
);
export const Question = icon(
  <>
    <path d="M5 6a3 3 0 1 1 4.3 2.700C8.4 9.2 8 9.7 8 10.5" />
    <path d="M8 12.500v1.5" />
  </>,
);
export const Settings = icon(<path d="M2 5h7M13 5h1M2 11h1M7 11h7M11 3v4M5 9v4" />);
