// A scene as pixels: the number of an ink each, row by row.
import { GLYPH, glyphOf } from "./letters.ts";
import { type Item, LETTER, LINE, type Scene } from "./scene.ts";

/** Pixels for each dot of a letter. */
const DOT = 2;

/** The ink of each pixel, row by row. */
export function rasterize({ width, height, items }: Scene): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(width * height);
  const fill = (x: number, y: number, columns: number, rows: number, ink: number) => {
    const [left, right] = [Math.max(0, x), Math.min(width, x + columns)];
    if (right <= left) return;
    for (let row = Math.max(0, y); row < Math.min(height, y + rows); row++)
      pixels.fill(ink, row * width + left, row * width + right);
  };
  const write = ({ x, y, text, ink }: Extract<Item, { kind: "text" }>) => {
    const top = y + Math.floor((LINE - GLYPH.height * DOT) / 2);
    for (const [i, letter] of [...text].entries()) {
      for (const [row, dots] of glyphOf(letter).entries()) {
        for (let column = 0; column < GLYPH.width; column++) {
          if (dots & (1 << (GLYPH.width - 1 - column)))
            fill(x + i * LETTER + column * DOT, top + row * DOT, DOT, DOT, ink);
        }
      }
    }
  };
  for (const item of items) {
    if (item.kind === "text") write(item);
    else fill(item.x, item.y, item.width, item.height, item.ink);
  }
  return pixels;
}
