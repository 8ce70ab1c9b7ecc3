// The primer's puzzles, small enough to be taken in at a glance; no shipped model was trained on them. As digits: rows
// apart by "/", an input and its output by ">".
import type { StudioTask } from "../../shared/tasks.ts";

const grid = (text: string): number[][] => text.split("/").map((row) => Array.from(row, Number));

const pair = (text: string) => {
  const [input, output] = text.split(">");
  return { input: grid(input!), output: grid(output!) };
};

const task = (id: string, ...pairs: readonly string[]): StudioTask => ({
  id,
  train: pairs.slice(0, -1).map(pair),
  test: pairs.slice(-1).map(pair),
});

/** A ring of red around the one cell. */
export const halo: StudioTask = task(
  "halo",
  "8000/0000/0000>8200/2200/0000",
  "000/060/000>222/262/222",
  "000000/800000/000000>220000/820000/220000",
  "00000/00000/00000/00000/00003/00000>00000/00000/00000/00022/00023/00022",
);

/** The last row again in every second row above. */
export const echo: StudioTask = task(
  "repeat-edge",
  "000/000/818>818/000/818",
  "0000/0000/0000/0000/9999>9999/0000/9999/0000/9999",
  "000/000/000/505>000/505/000/505",
  "000/000/000/913>000/913/000/913",
);

/** The box around all cells that are not black, filled with green. */
export const boundingBox: StudioTask = task(
  "bounding-box",
  "000/000/005/000/000/055>000/000/035/033/033/055",
  "000/000/090/900/000/000>000/000/390/930/000/000",
  "707/000/000/000>737/000/000/000",
  "0000/0000/0000/0000/4040>0000/0000/0000/0000/4340",
);
