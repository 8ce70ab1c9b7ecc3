import { describe, expect, it } from "vitest";
import { OPEN } from "../../../decode/frames.ts";
import { decodeGif } from "./decode-gif.test-helper.ts";
import { gif, type Lane, timeline } from "./gif.ts";
import { readCanvas } from "./pictures.test-helper.ts";

const still = (at: number, slots: number[], more: { retracted?: number[]; captions?: string[] } = {}) => ({
  at,
  panel: {
    title: "lane",
    shown: { shape: [2, 2], slots, retracted: more.retracted ?? [] },
    captions: more.captions ?? [],
  },
});
const LANES: Lane[] = [
  [still(0, [OPEN, OPEN, OPEN, OPEN]), still(200, [1, 2, OPEN, OPEN]), still(600, [1, 2, 3, 4])],
  [
    still(100, [9, OPEN, OPEN, OPEN]),
    still(400, [OPEN, 5, OPEN, OPEN], { retracted: [0] }),
    still(600, [8, 5, 6, 0]),
  ],
];
const CELL = 12;
/** Under the title, in a margin; the second lane after the first's four letters and a gap. */
const PLACES = [
  [24, 50],
  [24 + 4 * 12 + 28, 50],
] as const;

describe("a GIF of two lanes", () => {
  it("plays what each shows at each time, and then holds", async () => {
    const { pictures, loops } = decodeGif(await gif(LANES, { cell: CELL, hold: 1500 }));
    expect(loops).toBe(0);
    expect(pictures.map(({ delay }) => delay * 10)).toEqual([120, 80, 200, 200, 1500]);
    const seen = pictures.map((picture) =>
      PLACES.map((place) => readCanvas(picture, place, CELL, 2, 2).flat()),
    );
    const nothing = [-1, -1, -1, -1];
    expect(seen).toEqual([
      [nothing, nothing],
      [nothing, [9, -1, -1, -1]],
      [
        [1, 2, -1, -1],
        [9, -1, -1, -1],
      ],
      [
        [1, 2, -1, -1],
        [-1, 5, -1, -1],
      ],
      [
        [1, 2, 3, 4],
        [8, 5, 6, 0],
      ],
    ]);
  });

  it("marks a cell that was taken back, until the next picture", async () => {
    const { pictures } = decodeGif(await gif(LANES, { cell: CELL, theme: "dark" }));
    const corner = ({ width, colours }: (typeof pictures)[number]) =>
      colours[(PLACES[1][1] + 1) * width + PLACES[1][0] + 1];
    expect(pictures.map(corner)).toEqual([expect.anything(), "#870c25", "#870c25", "#ff8a80", "#7fdbff"]);
    expect(corner(pictures[0]!)).not.toBe("#ff8a80");
  });

  it("shows how sure cells are where asked, open ones too", async () => {
    const shown = { shape: [1, 3], slots: [OPEN, 3, 3], confidence: [0, 0.5, 1] };
    const { pictures } = decodeGif(
      await gif([[{ at: 0, panel: { shown } }]], { paint: "confidence", cell: 10 }),
    );
    const { width, colours } = pictures[0]!;
    const brightness = [0, 1, 2].map((c) =>
      Number.parseInt(colours[26 * width + 24 + c * 10 + 2]!.slice(1, 3), 16),
    );
    expect(brightness[0]).toBeGreaterThan(brightness[1]!);
    expect(brightness[1]).toBeGreaterThan(brightness[2]!);
  });

  it("has one size, however much the canvases and captions grow", async () => {
    const growing: Lane = [
      { at: 0, panel: {} },
      { at: 100, panel: { shown: { shape: [1, 1], slots: [0] }, captions: ["a"] } },
      {
        at: 200,
        panel: { shown: { shape: [3, 5], slots: new Array(15).fill(2) }, captions: ["a", "bcd"] },
      },
    ];
    const { pictures } = decodeGif(await gif([growing], { title: "grows" }));
    expect(
      new Set(pictures.map(({ width, height, colours }) => `${width} ${height} ${colours.length}`)).size,
    ).toBe(1);
    expect(pictures).toHaveLength(3);
    expect(pictures.at(-1)!.colours).not.toContain("none");
  });

  it("stops when told to", async () => {
    const stop = new AbortController();
    const making = gif(LANES, { signal: stop.signal, progress: () => stop.abort(new Error("enough")) });
    await expect(making).rejects.toThrow("enough");
  });
});

describe("the timeline", () => {
  it("joins stills that are too near, and keeps the last of each lane", () => {
    const many: Lane = Array.from({ length: 1000 }, (_, i) => still(i * 3, [i % 10, 0, 0, 0]));
    const ticks = timeline([many]);
    expect(ticks.length).toBeLessThan(80);
    expect(ticks.at(-1)!.panels[0]!.shown!.slots[0]).toBe(999 % 10);
  });

  it("is bounded for long runs", () => {
    const long: Lane = Array.from({ length: 3000 }, (_, i) => still(i * 1000, [1, 0, 0, 0]));
    expect(timeline([long]).length).toBeLessThanOrEqual(402);
  });
});
