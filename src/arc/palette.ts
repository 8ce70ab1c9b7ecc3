// ARC's ten colours, as its own viewer paints them (black a little lighter, to stand off a black ground).

export type Rgb = readonly [red: number, green: number, blue: number];

/** Each part 0 to 255, by colour. */
export const PALETTE: readonly Rgb[] = [
  [24, 24, 24],
  [0, 116, 217],
  [255, 65, 54],
  [46, 204, 64],
  [255, 220, 0],
  [170, 170, 170],
  [240, 18, 190],
  [255, 133, 27],
  [127, 219, 255],
  [135, 12, 37],
];

/** The same for style sheets: "#0074d9". */
export const HEX_PALETTE: readonly string[] = PALETTE.map(
  (parts) => `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`,
);
