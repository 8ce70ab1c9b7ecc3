// The inks of pictures. GIF and PNG store their numbers and a palette, SVG the colours themselves.
import { PALETTE, type Rgb } from "../../../arc/palette.ts";

const HEAT_LEVELS = 24;
const FIRST_HEAT = 7 + PALETTE.length;

/** Numbers into a palette. */
export const INK = {
  ground: 0,
  strong: 1,
  soft: 2,
  /** An open cell, and the dot in it. */
  open: 3,
  dot: 4,
  /** Between cells. */
  line: 5,
  /** Round a cell that was taken back. */
  mark: 6,
  colour: (id: number): number => 7 + id,
  /** How sure a cell is, from 0 (as an open cell) to 1. */
  heat: (share: number): number =>
    FIRST_HEAT + Math.round(Math.min(1, Math.max(0, share)) * (HEAT_LEVELS - 1)),
} as const;

/** The themes of pictures. */
export const PICTURE_THEMES = ["light", "dark"] as const;
/** The theme of a picture. */
export type PictureTheme = (typeof PICTURE_THEMES)[number];

/** As the page's own tokens (styles/tokens.css): ground, ink, ink-2, open, open-dot, grid-line, bad. */
const BASE: Readonly<Record<PictureTheme, readonly Rgb[]>> = {
  light: [
    [250, 250, 248],
    [27, 27, 25],
    [85, 85, 79],
    [240, 240, 236],
    [163, 163, 155],
    [210, 210, 203],
    [179, 38, 30],
  ],
  dark: [
    [20, 20, 19],
    [239, 239, 235],
    [180, 180, 173],
    [39, 39, 37],
    [108, 108, 102],
    [65, 65, 61],
    [255, 138, 128],
  ],
};

/** The page's --heat, which a sure cell is painted in. */
const SURE: Readonly<Record<PictureTheme, Rgb>> = { light: [138, 128, 228], dark: [100, 89, 184] };

const mix = (from: Rgb, to: Rgb, share: number): Rgb =>
  from.map((part, i) => Math.round(part + (to[i]! - part) * share)) as unknown as Rgb;

/** All inks of a theme, by number. */
export function paletteOf(theme: PictureTheme): Rgb[] {
  const heat = Array.from({ length: HEAT_LEVELS }, (_, i) =>
    mix(BASE[theme][INK.open]!, SURE[theme], i / (HEAT_LEVELS - 1)),
  );
  return [...BASE[theme], ...PALETTE, ...heat];
}

/** "#rrggbb". */
export const hexOf = (rgb: Rgb): string =>
  `#${rgb.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
