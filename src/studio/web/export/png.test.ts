import { crc32, inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Pixels, readCanvas } from "./pictures.test-helper.ts";
import { png } from "./png.ts";
import { gridShown, layOut } from "./scene.ts";
import { svg } from "./svg.ts";

/** Reads an indexed PNG without filters, checksums included. */
function decodePng(bytes: Uint8Array): Pixels {
  const data = Buffer.from(bytes);
  expect(data.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < data.length; ) {
    const length = data.readUInt32BE(at);
    const kind = data.toString("latin1", at + 4, at + 8);
    expect(data.readUInt32BE(at + 8 + length)).toBe(crc32(data.subarray(at + 4, at + 8 + length)));
    chunks.set(kind, data.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  expect([...chunks.keys()]).toEqual(["IHDR", "PLTE", "IDAT", "IEND"]);
  const header = chunks.get("IHDR")!;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  expect([...header.subarray(8)]).toEqual([8, 3, 0, 0, 0]);
  const rows = inflateSync(chunks.get("IDAT")!);
  expect(rows.length).toBe(height * (width + 1));
  const palette = chunks.get("PLTE")!.toString("hex").match(/.{6}/g)!;
  const colours = Array.from({ length: height }, (_, y) => {
    expect(rows[y * (width + 1)]).toBe(0);
    return [...rows.subarray(y * (width + 1) + 1, (y + 1) * (width + 1))].map((ink) => `#${palette[ink]}`);
  }).flat();
  return { width, height, colours };
}

/** Paints an SVG's boxes, and tells its texts. */
function readSvg(text: string): Pixels & { texts: { x: number; y: number; words: string }[] } {
  const number = (tag: string, name: string) => Number(new RegExp(` ${name}="([^"]+)"`).exec(tag)![1]);
  const [width, height] = ["width", "height"].map((name) => number(text, name)) as [number, number];
  const colours = new Array<string>(width * height).fill("none");
  for (const [tag] of text.matchAll(/<rect [^>]+\/>/g)) {
    const [x, y, w, h] = ["x", "y", "width", "height"].map((name) => number(tag, name)) as [
      number,
      number,
      number,
      number,
    ];
    const fill = /fill="([^"]+)"/.exec(tag)![1]!;
    for (let row = y; row < y + h; row++) colours.fill(fill, row * width + x, row * width + x + w);
  }
  const texts = [...text.matchAll(/(<text [^>]+>)([^<]*)<\/text>/g)].map(([, tag, words]) => ({
    x: number(tag!, "x"),
    y: number(tag!, "y"),
    words: words!,
  }));
  return { width, height, colours, texts };
}

const grid = fc
  .tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }))
  .chain(([rows, columns]) =>
    fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: columns, maxLength: columns }), {
      minLength: rows,
      maxLength: rows,
    }),
  );

describe("a picture of grids", () => {
  it("holds them as PNG and as SVG", async () => {
    await fc.assert(
      fc.asyncProperty(
        grid,
        grid,
        fc.constantFrom("light" as const, "dark" as const),
        async (a, b, theme) => {
          const cell = 9;
          const scene = layOut([[{ shown: gridShown(a) }], [{ shown: gridShown(b) }]], { cell });
          const below = 24 + a.length * cell + 1 + 28;
          for (const pixels of [decodePng(await png(scene, theme)), readSvg(svg(scene, theme, "two"))]) {
            expect([pixels.width, pixels.height]).toEqual([scene.width, scene.height]);
            expect(readCanvas(pixels, [24, 24], cell, a.length, a[0]!.length)).toEqual(a);
            expect(readCanvas(pixels, [24, below], cell, b.length, b[0]!.length)).toEqual(b);
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  it("is the same as PNG and as SVG, letters apart", async () => {
    const scene = layOut([
      [
        {
          title: "steps",
          captions: ["pass 3"],
          shown: {
            shape: [2, 2],
            slots: [-1, 4, -1, 0],
            confidence: [0.1, 1, 0.5, 0.9],
            retracted: [0, 1],
          },
        },
        { title: "greedy", shown: gridShown([[1, 2, 3]]) },
      ],
    ]);
    const [a, b] = [decodePng(await png(scene)), readSvg(svg(scene, "light", "t"))];
    const letters = a.colours.flatMap((colour, i) => (colour === b.colours[i] ? [] : [i]));
    const rowsOf = new Set(letters.map((i) => Math.floor(i / a.width)));
    const within = b.texts.flatMap(({ y }) => Array.from({ length: 24 }, (_, i) => Math.round(y) - 18 + i));
    expect(letters.length).toBeGreaterThan(50);
    expect([...rowsOf].filter((row) => !within.includes(row))).toEqual([]);
  });

  it("writes its words into the SVG, marks of XML escaped", () => {
    const scene = layOut([[{ title: 'a < "b" & c', captions: ["right"] }]], { title: "race" });
    const text = svg(scene, "dark", "<&>");
    expect(readSvg(text).texts.map(({ words }) => words)).toEqual([
      "race",
      "a &#60; &#34;b&#34; &#38; c",
      "right",
    ]);
    expect(text).toContain("<title>&#60;&#38;&#62;</title>");
  });
});
