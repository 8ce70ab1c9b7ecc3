/** The races that the page offers, run on the shipped models: each must end as its caption says. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { equalGrids, type Grid } from "../arc/grid.ts";
import { parseDecoder } from "../decode/decoders/spec.ts";
import type { Template } from "../decode/frames.ts";
import { type Frame, OPEN } from "../decode/frames.ts";
import { infill } from "../decode/infill.ts";
import { promptOf } from "../decode/puzzle-prompt.ts";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { loadModel } from "../load.ts";
import type { Model } from "../model/model.ts";
import type { StudioTask } from "./shared/tasks.ts";
import { COLOUR_NAMES } from "./web/components/labels.ts";
import { chosenRaces } from "./web/race/chosen.ts";
import type { Entry } from "./web/race/race.ts";
import { FIRST_DECODER, FIRST_HINT, FIRST_PUZZLE } from "./web/state/first-puzzle.ts";
import { drawn } from "./web/state/puzzle-source.ts";

let engine: Engine;
const models = new Map<string, Promise<Model>>();
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

async function run({ decoder: word, model: name }: Entry, task: StudioTask, template?: Template) {
  if (!models.has(name))
    models.set(
      name,
      loadModel(name, { engine }).then(({ model }) => model),
    );
  const model = (await models.get(name))!;
  const { decoder, given } = parseDecoder(word);
  const prompt = promptOf(model, task, 0, "rules");
  const decoding = decoder.decode(model, template ? infill(prompt, template) : prompt, given);
  const frames: Frame[] = [];
  for await (const frame of decoding) frames.push(frame);
  return { frames, grid: (await decoding.candidates)[0]!.answer };
}

const wrongCells = (grid: Grid, answer: Grid): number =>
  grid.flat().filter((colour, cell) => colour !== answer.flat()[cell]).length;
const takenBack = (frames: readonly Frame[]): number =>
  frames.reduce((sum, { retracted }) => sum + retracted.length, 0);

/** By title: for each lane the wrong cells of its first answer, its passes, and how many cells it took back. */
const OUTCOMES: Readonly<
  Record<string, readonly (readonly [wrong: number, passes: number, back: number])[]>
> = {
  "The same answer, in far fewer passes": [
    [0, 111, 0],
    [0, 5, 0],
  ],
  "The typewriter slips": [
    [3, 121, 0],
    [0, 3, 0],
  ],
  "The jigsaw slips": [
    [0, 67, 0],
    [3, 3, 0],
    [0, 5, 15],
  ],
  "Taking back pays": [
    [72, 109, 0],
    [9, 4, 0],
    [0, 4, 17],
  ],
  "Drafted at once, read once": [
    [0, 97, 0],
    [0, 3, 0],
  ],
  "A search that turns back": [
    [2, 6, 0],
    [0, 8, 7],
  ],
  "Taking back does not pay": [
    [0, 37, 0],
    [4, 181, 72],
  ],
  "Neither can do it": [
    [17, 32, 0],
    [18, 32, 0],
  ],
};

describe("a chosen race", () => {
  it.each(chosenRaces.map((race) => [race.title, race] as const))(
    "%s",
    async (title, { puzzle, entries }) => {
      const task = drawn(puzzle);
      const answer = task.test[0]!.output!;
      const outcomes = [];
      for (const entry of entries) {
        const { frames, grid } = await run(entry, task);
        outcomes.push([wrongCells(grid, answer), frames.at(-1)!.pass, takenBack(frames)]);
      }
      expect(outcomes).toEqual(OUTCOMES[title]);
    },
  );
});

describe("the first puzzle", () => {
  const answer = FIRST_PUZZLE.test[0]!.output!;
  const wrongOf = ({ slots }: Frame): number[] =>
    [...slots.keys()].filter((cell) => slots[cell] !== OPEN && slots[cell] !== answer.flat()[cell]);

  it("is one that Jigsaw draws", () => {
    expect(FIRST_PUZZLE).toEqual(drawn({ family: "bounding-box", level: "medium", seed: 8, index: 1 }));
  });

  it("goes wrong at step 6 and comes right by one cell, as its hint says", async () => {
    const { frames } = await run(FIRST_DECODER, FIRST_PUZZLE);
    const wrong = frames.map(wrongOf);
    expect(wrong.map((cells) => cells.length).slice(0, 6)).toEqual([0, 0, 0, 0, 0, 1]);
    expect(wrong.at(-1)!.length).toBe(17);
    const [cell] = wrong[5]!;
    const colour = answer.flat()[cell!]!;
    expect(FIRST_HINT).toContain(COLOUR_NAMES[colour]);
    const { shape, slots } = frames[5]!;
    const template = { shape, slots: slots.with(cell!, colour), locked: [cell!] };
    expect(equalGrids((await run(FIRST_DECODER, FIRST_PUZZLE, template)).grid, answer)).toBe(true);
  });
});
