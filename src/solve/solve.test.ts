import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { equalGrids, type Grid, makeGrid, mapGrid } from "../arc/grid.ts";
import type { Task } from "../arc/task.ts";
import { decoders } from "../decode/decoders/index.ts";
import { type Decoder, defineDecoder } from "../decode/define.ts";
import { MAX_TOKENS } from "../decode/puzzle-prompt.ts";
import { smallSizes, trainedFor } from "../decode/tiny.test-helper.ts";
import { countingEngine } from "../engine/counting.test-helper.ts";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { initialWeights } from "../model/initialize.ts";
import { type Model, openModel } from "../model/model.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { promptTokens, readGrid, TOKEN, type Token } from "../sequence/tokens.ts";
import type { SolverOptions } from "./options.ts";
import type { TestSolution } from "./solution.ts";
import { solveTest, type ViewFrame } from "./solve.ts";

const DECODING = { cache: "prompt", steps: 4 };
const OPTIONS: Partial<SolverOptions> = { seed: 1, size: "model" };

async function solve(
  model: Model,
  decoder: Decoder,
  task: Task,
  options: Partial<SolverOptions> = {},
  signal?: AbortSignal,
): Promise<{ frames: ViewFrame[]; solution: TestSolution }> {
  const solving = solveTest(
    model,
    { decoder, options: DECODING },
    task,
    0,
    { ...OPTIONS, ...options },
    signal,
  );
  const frames: ViewFrame[] = [];
  for await (const frame of solving) frames.push(frame);
  return { frames, solution: await solving.result };
}

/** The test input as a prompt's tokens tell it: what follows the last input's mark. */
const inputOf = (tokens: readonly Token[]): Grid =>
  readGrid(tokens.slice(tokens.findLastIndex(({ id }) => id === TOKEN.input) + 1).map(({ id }) => id));

/** Answers every view by a rule of what it sees; it has seen `prompts`. */
function ruled(rule: (input: Grid) => Grid): { decoder: Decoder; prompts: (readonly Token[])[] } {
  const prompts: (readonly Token[])[] = [];
  const decoder = defineDecoder({
    ...{ name: "ruled", family: "jigsaw", objective: "masked-diffusion", about: "a rule", model: "none" },
    options: z.object({}),
    async *search({ session: { prompt, ledger } }) {
      prompts.push(prompt.tokens);
      ledger.passes++;
      const grid = rule(inputOf(prompt.tokens));
      const [shape, slots] = [[grid.length, grid[0]!.length], grid.flat()];
      const confidence = slots.map(() => 1);
      yield { pass: ledger.passes, shape, slots, confidence, committed: [], retracted: [], ties: 0 };
      const runnerUp = grid.with(0, grid[0]!.with(0, (grid[0]![0]! + 1) % 10));
      return [{ answer: grid, logProbability: -1, runnerUp }];
    },
  });
  return { decoder, prompts };
}
const model = { config: tinyConfig() } as Model;

describe("two attempts", () => {
  const task = randomTask("attempts", 3, 6);
  const { input } = task.test[0]!;

  it("come from the puzzle as it is, and from another view of it", async () => {
    const { decoder, prompts } = ruled((grid) => grid);
    await solve(model, decoder, task);
    expect(prompts.length).toBe(2);
    expect(prompts[0]).toEqual(promptTokens(task));
    expect(prompts[1]).not.toEqual(promptTokens(task));
    expect(inputOf(prompts[1]!).flat().length).toBe(input.flat().length);
  });

  it("are told in the puzzle's own orientation and colours, whatever the view", async () => {
    for (let seed = 0; seed < 30; seed++) {
      // The rule holds in every view, so both views' answers are the same once taken back.
      const { decoder } = ruled((grid) => grid);
      const { solution } = await solve(model, decoder, task, { seed });
      expect(solution.attempts[0]).toEqual(input);
      const [first, second] = solution.attempts;
      // The runner-up of the first, since the second view agreed.
      expect(second).toEqual(first.with(0, first[0]!.with(0, (first[0]![0]! + 1) % 10)));
    }
  });

  it("keep the background's colour in every view", async () => {
    for (let seed = 0; seed < 30; seed++) {
      const { decoder, prompts } = ruled((grid) => grid);
      await solve(model, decoder, task, { seed });
      const zeros = (tokens: readonly Token[]) => tokens.filter(({ id }) => id === 0).length;
      expect(zeros(prompts[1]!)).toBe(zeros(prompts[0]!));
    }
  });

  it("come from a view whose prompt is no longer than allowed", async () => {
    // Wide grids: on their side they have thirty row ends instead of one.
    const wide = { input: makeGrid(1, 30, () => 1), output: makeGrid(1, 30, () => 2) };
    const long: Task = { id: "wide", train: new Array(58).fill(wide), test: [wide] };
    const turned = { input: makeGrid(30, 1, () => 1), output: makeGrid(30, 1, () => 2) };
    expect(promptTokens(long).length).toBeLessThanOrEqual(MAX_TOKENS);
    expect(promptTokens({ ...long, train: new Array(58).fill(turned) }).length).toBeGreaterThan(MAX_TOKENS);
    for (let seed = 0; seed < 8; seed++) {
      const { decoder, prompts } = ruled((grid) => grid);
      await solve(model, decoder, long, { seed });
      expect(prompts[1]!.length).toBe(prompts[0]!.length);
    }
  });

  it("take the second view's answer where it is another", async () => {
    // Not the same rule in every view: the corner goes where the view turns it.
    const corner = (grid: Grid) => mapGrid(grid, (colour, r, c) => (r + c === 0 ? 0 : colour));
    const square: Task = {
      ...task,
      test: [
        {
          input: [
            [1, 2, 3],
            [4, 5, 6],
            [7, 8, 9],
          ],
        },
      ],
    };
    let others = 0;
    for (let seed = 0; seed < 20; seed++) {
      const { decoder } = ruled(corner);
      const { solution } = await solve(model, decoder, square, { seed });
      const [first, second] = solution.attempts;
      expect(first).toEqual([
        [0, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ]);
      const zeros = second.flat().filter((colour) => colour === 0).length;
      // The first's runner-up has no cell of colour 0.
      others += zeros;
      expect(equalGrids(first, second)).toBe(false);
    }
    expect(others).toBeGreaterThan(10);
  });

  it("mark each frame with its view, and book both views", async () => {
    const { decoder } = ruled((grid) => grid);
    const { frames, solution } = await solve(model, decoder, task);
    expect(frames.map(({ view, pass }) => [view, pass])).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(solution.ledger.decoding.passes).toBe(2);
  });
});

describe.each(Object.values<Decoder>(decoders))("solving with $name", (decoder) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openNodeEngine({ threads: 1 });
  });
  afterAll(() => engine.close());
  const task = randomTask("solving", 2, 4);

  function open() {
    const config = tinyConfig(trainedFor(decoder));
    const { engine: counting, counts } = countingEngine(engine);
    return { model: smallSizes(openModel(counting, config, initialWeights(config, 8)), 4), counts };
  }

  it("gives two different grids, the same every time for a seed", async () => {
    const { model, counts } = open();
    const once = await solve(model, decoder, task);
    const twice = await solve(model, decoder, task);
    expect(twice.frames).toEqual(once.frames);
    expect(twice.solution.attempts).toEqual(once.solution.attempts);
    const [first, second] = once.solution.attempts;
    expect(equalGrids(first, second)).toBe(false);
    for (const colour of [...first.flat(), ...second.flat()]) expect(colour).toBeLessThan(10);
    expect(new Set(once.frames.map(({ view }) => view))).toEqual(new Set([0, 1]));
    const { passes } = once.solution.ledger.decoding;
    expect(once.frames.at(-1)!.pass).toBe(passes);
    const other = await solve(model, decoder, task, { seed: 2 });
    const [before, after] = [once, other].map(({ frames }) => frames.filter(({ view }) => view === 0));
    // The seed is of the second view; a decoder that draws takes it, too.
    if (decoder.name !== "sample") expect(after).toEqual(before);
    expect(other.frames).not.toEqual(once.frames);
    expect(counts.kept.size).toBe(0);
    await model.close();
  });

  it("computes nothing for a checkpoint of another objective", async () => {
    const { model, counts } = open();
    const trained = model.config.jigsaw.objectives;
    const other = Object.values<Decoder>(decoders).find(({ objective }) => !trained.includes(objective))!;
    const refused = { name: "JigsawError", code: "unsupported" };
    await expect(solve(model, other, task)).rejects.toMatchObject(refused);
    expect(counts.runs).toBe(0);
    await model.close();
  });

  it("computes nothing for a prompt that is too long", async () => {
    const { model, counts } = open();
    const large = randomTask("too long", 12, 30);
    await expect(solve(model, decoder, large)).rejects.toMatchObject({
      name: "JigsawError",
      code: "too-long",
    });
    expect(counts.runs).toBe(0);
    await model.close();
  });

  it("leaves nothing behind where no more frames are asked for", async () => {
    const { model, counts } = open();
    for (const view of [0, 1]) {
      for await (const frame of solveTest(model, { decoder, options: DECODING }, task, 0, OPTIONS))
        if (frame.view === view) break;
      expect(counts.kept.size).toBe(0);
    }
    await model.close();
  });

  it("stops in either view, and leaves nothing behind", async () => {
    const { model, counts } = open();
    await solve(model, decoder, task);
    const total = counts.runs;
    for (const last of [1, 3, Math.ceil(total / 2) + 1, total - 1]) {
      const stop = new AbortController();
      counts.runs = 0;
      counts.onRun = (run) => run === last && stop.abort(new Error("enough"));
      await expect(solve(model, decoder, task, {}, stop.signal)).rejects.toThrow("enough");
      expect(counts.runs).toBe(last);
      expect(counts.kept.size).toBe(0);
    }
    await model.close();
  });
});
