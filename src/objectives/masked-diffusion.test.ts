import { describe, expect, it } from "vitest";
import { area, COLOURS, height, makeGrid, width } from "../arc/grid.ts";
import type { Task } from "../arc/task.ts";
import { random } from "../core/random.ts";
import { randomTask } from "../model/tiny.test-helper.ts";
import { gridTokens, promptTokens, sizeToken, TOKEN } from "../sequence/tokens.ts";
import { maskedDiffusion } from "./masked-diffusion.ts";
import { type Example, objectiveOptions } from "./objective.ts";

const defaults = objectiveOptions(maskedDiffusion, { fullMask: 0, sizeWeight: 0.2 });
const exampleOf = (task: Task, noise: number, options: Partial<typeof defaults> = {}, key = 0) =>
  maskedDiffusion.example(task, noise, random("masked", key), { ...defaults, ...options });

/** The spans that follow the prompt, each with what belongs to it. */
function answersOf({ tokens, spans, labels, weights }: Example) {
  let start = spans[0]!.length;
  return spans.slice(1).map(({ length, promptLength: from }) => {
    const end = start + length;
    const part = {
      from: from!,
      tokens: tokens.slice(start, end),
      labels: labels.slice(start, end),
      weights: weights.slice(start, end),
      grid: tokens[start]!.place.grid,
    };
    start = end;
    return part;
  });
}
const canvasesOf = (example: Example) => answersOf(example).filter(({ tokens }) => tokens.length > 2);
const maskedIn = ({ labels }: { labels: readonly number[] }) => labels.filter((label) => label >= 0).length;

const outputsOf = (task: Task) => [...task.train, ...task.test].map((pair) => pair.output!);
const tasks = Array.from({ length: 20 }, (_, i) => randomTask(`masked ${i}`, 1 + (i % 4), 5));
/** One answer of 7 x 10 cells. */
const wide: Task = {
  id: "wide",
  train: [{ input: [[2]], output: [[3]] }],
  test: [{ input: [[1]], output: makeGrid(7, 10, (r, c) => (r * 3 + c) % 10) }],
};

describe("masked diffusion", () => {
  it("keeps the prompt clean, and learns nothing there", () => {
    for (const [i, task] of tasks.entries()) {
      const example = exampleOf(task, i / 20);
      const prompt = promptTokens(task);
      expect(example.tokens.slice(0, prompt.length)).toEqual(prompt);
      expect(example.spans[0]!.length).toBe(prompt.length);
      expect(example.labels.slice(0, prompt.length).every((label) => label === -1)).toBe(true);
      expect(example.weights.slice(0, prompt.length).every((weight) => weight === 0)).toBe(true);
      const total = example.spans.reduce((sum, { length }) => sum + length, 0);
      expect([total, example.labels.length, example.weights.length]).toEqual(
        new Array(3).fill(example.tokens.length),
      );
    }
  });

  it("learns every output but the first where the prompt is in order, the test's alone where it is seen whole", () => {
    for (const task of tasks) {
      const grids = (options: Partial<typeof defaults>) =>
        new Set(answersOf(exampleOf(task, 0.3, options)).map(({ grid }) => grid));
      const pairs = task.train.length + 1;
      const allButFirst = Array.from({ length: pairs - 1 }, (_, i) => 2 * i + 4);
      expect(grids({ pattern: "grid-prompt" })).toEqual(new Set(allButFirst));
      expect(grids({ pattern: "causal-prompt" })).toEqual(new Set(allButFirst));
      expect(grids({ pattern: "prefix" })).toEqual(new Set([2 * pairs]));
      expect(grids({ pattern: "full" })).toEqual(new Set([2 * pairs]));
    }
  });

  it("hangs each answer right behind the mark that opens it", () => {
    for (const task of tasks) {
      const example = exampleOf(task, 0.3, { copies: 2 });
      for (const { from, grid } of answersOf(example)) {
        expect(example.tokens[from - 1]).toMatchObject({ id: TOKEN.output, place: { grid } });
      }
    }
  });

  it("masks cells alone: row ends and sizes stand, other cells are the output's", () => {
    for (const [i, task] of tasks.entries()) {
      for (const { tokens, labels, grid } of canvasesOf(exampleOf(task, i / 20, { copies: 3 }, i))) {
        const clean = gridTokens(outputsOf(task)[grid / 2 - 1]!, grid);
        expect(tokens.map(({ place }) => place)).toEqual(clean.map(({ place }) => place));
        for (const [n, { id }] of tokens.entries()) {
          const isCell = clean[n]!.id < 10;
          if (id === TOKEN.mask) expect([isCell, labels[n]]).toEqual([true, clean[n]!.id]);
          else expect([id, labels[n]]).toEqual([clean[n]!.id, -1]);
        }
      }
    }
  });

  it("asks for the height, and for the width given the height", () => {
    for (const task of tasks) {
      const answers = answersOf(exampleOf(task, 0.3));
      for (const [i, output] of outputsOf(task).entries()) {
        if (i === 0) continue;
        const grid = 2 * i + 2;
        const sizes = answers.filter((answer) => answer.grid === grid && answer.tokens.length <= 2);
        const [rows, columns] = gridTokens(output, grid);
        expect(sizes.map(({ from: _, grid: __, ...rest }) => rest)).toEqual([
          { tokens: [{ ...rows, id: TOKEN.mask }], labels: [sizeToken(height(output))], weights: [0.2] },
          {
            tokens: [rows, { ...columns, id: TOKEN.mask }],
            labels: [-1, sizeToken(width(output))],
            weights: [0, 0.2],
          },
        ]);
      }
    }
  });

  it("masks k of N cells, every k as often as any other", () => {
    const cells = area(wide.test[0]!.output!);
    const counts = Array.from({ length: 700 }, (_, i) => {
      const [canvas] = canvasesOf(exampleOf(wide, (i + 0.5) / 700, {}, i));
      return maskedIn(canvas!);
    });
    // Noise spread evenly gives each k its exact share.
    const histogram = Array.from({ length: cells }, (_, k) => counts.filter((n) => n === k + 1).length);
    expect(histogram).toEqual(new Array(cells).fill(700 / cells));
  });

  it("masks every cell alike", () => {
    const hits = new Array<number>(70).fill(0);
    for (let i = 0; i < 2000; i++) {
      const [canvas] = canvasesOf(exampleOf(wide, 0.3, {}, i));
      const cells = canvas!.tokens.filter(({ place }) => place.row > 0 && place.right > 0);
      for (const [n, { id }] of cells.entries()) if (id === TOKEN.mask) hits[n]!++;
    }
    const share = 22 / 70;
    const deviation = Math.sqrt(2000 * share * (1 - share));
    for (const hit of hits) expect(Math.abs(hit - 2000 * share)).toBeLessThan(4.5 * deviation);
    expect(hits.reduce((a, b) => a + b)).toBe(2000 * 22);
  });

  it("masks the asked share of canvases whole, and spreads the others evenly", () => {
    const counts = Array.from({ length: 1000 }, (_, i) => {
      const [canvas] = canvasesOf(exampleOf(wide, i / 1000, { fullMask: 0.3 }, i));
      return maskedIn(canvas!);
    });
    const whole = counts.filter((n) => n === 70).length;
    expect(whole).toBe(300 + 10);
    for (const k of [1, 10, 35, 69]) expect(counts.filter((n) => n === k).length).toBe(10);
  });

  it("spreads an example's noise over its answers and copies", () => {
    const task: Task = {
      id: "many",
      train: [0, 1, 2].map(() => ({ input: [[1]], output: wide.test[0]!.output! })),
      test: wide.test,
    };
    const canvases = canvasesOf(exampleOf(task, 0.05, { copies: 2 }));
    // Six canvases: a sixth of the range apart from one another.
    expect(canvases.map(maskedIn).toSorted((a, b) => a - b)).toEqual(
      [0, 1, 2, 3, 4, 5].map((n) => 1 + Math.floor((0.05 + n / 6) * 70)),
    );
  });

  it("weighs masked cells 1, or N / k for the bound on the likelihood", () => {
    for (const weighting of ["uniform", "elbo"] as const) {
      const [canvas] = canvasesOf(exampleOf(wide, 0.25, { weighting }));
      const weight = weighting === "elbo" ? 70 / 18 : 1;
      expect(maskedIn(canvas!)).toBe(18);
      expect(canvas!.weights).toEqual(canvas!.labels.map((label) => (label < 0 ? 0 : weight)));
    }
  });

  it("under full asks for one thing at a time: mostly a canvas, now and then a size", () => {
    const lengths = Array.from({ length: 600 }, (_, i) => {
      const answers = answersOf(exampleOf(wide, i / 600, { pattern: "full", copies: 3 }, i));
      expect(answers.length).toBe(1);
      return answers[0]!.tokens.length;
    });
    const share = (length: number) => lengths.filter((n) => n === length).length / 600;
    expect(share(2 + 7 * 11)).toBeCloseTo(0.8, 1);
    expect(share(1)).toBeCloseTo(0.1, 1);
    expect(share(2)).toBeCloseTo(0.1, 1);
  });

  it("is the same for the same random numbers, and not for others", () => {
    expect(exampleOf(wide, 0.3, {}, 1)).toEqual(exampleOf(wide, 0.3, {}, 1));
    expect(exampleOf(wide, 0.3, {}, 1)).not.toEqual(exampleOf(wide, 0.3, {}, 2));
  });
});

describe("wrong visible cells", () => {
  const truth = gridTokens(wide.test[0]!.output!, 4);
  const cells = [...truth.keys()].filter((i) => truth[i]!.place.row > 0 && truth[i]!.place.right > 0);
  /** Canvases in which every cell is told though some are visible: those that may have errors. */
  const isCorrupt = ({ tokens, labels }: ReturnType<typeof canvasesOf>[number]): boolean =>
    cells.every((i) => labels[i]! >= 0) && cells.some((i) => tokens[i]!.id !== TOKEN.mask);
  const draw = (count: number, wrongCells: number, noise = (_: number) => 0.3) =>
    Array.from(
      { length: count },
      (_, i) => canvasesOf(exampleOf(wide, noise(i), { wrongCells, weighting: "elbo" }, i))[0]!,
    );
  const corrupt = draw(1000, 1, (i) => i / 1000).filter(isCorrupt);
  const seenOf = ({ tokens }: (typeof corrupt)[number]) => cells.filter((i) => tokens[i]!.id !== TOKEN.mask);
  const wrongOf = (canvas: (typeof corrupt)[number]) =>
    seenOf(canvas).filter((i) => canvas.tokens[i]!.id !== truth[i]!.id);

  it("are in the asked share of copies", () => {
    expect(draw(300, 0).some(isCorrupt)).toBe(false);
    expect(draw(300, 1).every(isCorrupt)).toBe(true);
    const deviation = Math.sqrt(2000 * 0.3 * 0.7);
    const found = draw(2000, 0.3).filter(isCorrupt).length;
    expect(Math.abs(found - 600)).toBeLessThan(4.5 * deviation);
  });

  it("leave every cell to be told, with the truth, all alike", () => {
    const labels = truth.map(({ id }, i) => (cells.includes(i) ? id : -1));
    for (const canvas of corrupt) {
      expect(canvas.labels).toEqual(labels);
      expect(canvas.weights).toEqual(labels.map((label) => (label < 0 ? 0 : 1)));
    }
  });

  it("are other colours, at the same places; all else stays", () => {
    for (const { tokens } of corrupt) {
      expect(tokens.map(({ place }) => place)).toEqual(truth.map(({ place }) => place));
      for (const [i, { id }] of tokens.entries()) {
        if (!cells.includes(i)) expect(id).toBe(truth[i]!.id);
        else expect(id < COLOURS || id === TOKEN.mask).toBe(true);
      }
    }
  });

  it("are none up to two fifths of the visible cells, each share as often as any other", () => {
    const whole = corrupt.filter((canvas) => seenOf(canvas).length === cells.length);
    const shares = whole.map((canvas) => wrongOf(canvas).length / cells.length);
    // A share drawn evenly from [0, 0.4), then cells drawn by it; a share's deviation is 0.12, with that of cells 0.13.
    const mean = shares.reduce((a, b) => a + b) / shares.length;
    expect(Math.abs(mean - 0.2)).toBeLessThan((4.5 * 0.13) / Math.sqrt(shares.length));
    expect(Math.max(...shares)).toBeLessThan(0.4 + 4.5 * Math.sqrt((0.4 * 0.6) / cells.length));
    for (const bound of [0.1, 0.2, 0.3]) {
      const below = shares.filter((share) => share < bound).length / shares.length;
      expect(Math.abs(below - bound / 0.4)).toBeLessThan(0.12);
    }
  });

  it("stand in canvases without masks as often as among masks", () => {
    const whole = corrupt.filter(({ tokens }) => tokens.every(({ id }) => id !== TOKEN.mask)).length;
    expect(Math.abs(whole / corrupt.length - 0.5)).toBeLessThan(0.08);
    const among = corrupt.filter((canvas) => seenOf(canvas).length < cells.length);
    expect(among.some((canvas) => wrongOf(canvas).length > 0)).toBe(true);
  });

  it("are wrong wherever they are drawn, in an answer of one colour too", () => {
    const plain: Task = { ...wide, test: [{ input: [[1]], output: makeGrid(7, 10, () => 0) }] };
    const shares = Array.from({ length: 600 }, (_, i) => {
      const [canvas] = canvasesOf(exampleOf(plain, 0.3, { wrongCells: 1 }, i));
      const seen = seenOf(canvas!);
      return seen.filter((cell) => canvas!.tokens[cell]!.id !== 0).length / seen.length;
    });
    // As many as where there are other colours to take: errors that drew the truth would be missing here.
    const mean = shares.reduce((a, b) => a + b) / shares.length;
    expect(Math.abs(mean - 0.2)).toBeLessThan((4.5 * 0.14) / Math.sqrt(shares.length));
  });

  it("are named among what a checkpoint is trained for", () => {
    const trains = (wrongCells: number) => maskedDiffusion.capabilities({ ...defaults, wrongCells });
    expect(trains(0.2)).toEqual(["masked-diffusion", "wrong-cells"]);
    expect(trains(0)).toEqual(["masked-diffusion"]);
  });
});
