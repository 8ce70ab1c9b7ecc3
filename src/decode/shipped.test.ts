/** The shipped models: what they find with a cached prompt is what they find without. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCheckpoint } from "../checkpoint/node/checkpoint.ts";
import { random } from "../core/random.ts";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { type Model, openModel } from "../model/model.ts";
import { generatePuzzle, trainedFamilies } from "../puzzles/index.ts";
import { decoders } from "./decoders/index.ts";
import type { Decoder } from "./define.ts";
import { decodeAll, expectSame } from "./tiny.test-helper.ts";

const folder = fileURLToPath(new URL("../../models", import.meta.url));
const models = existsSync(folder)
  ? readdirSync(folder).filter((name) => existsSync(join(folder, name, "config.json")))
  : [];

const wanted = new Set(Object.values<Decoder>(decoders).map(({ model }) => model));

// Skipped while no model is trained; from the first one on, all have to be there.
it.skipIf(models.length === 0)("every decoder's default model is shipped (none is trained yet)", () => {
  expect(models).toEqual(expect.arrayContaining([...wanted]));
});

describe.each(models)("%s", (name) => {
  let engine: Engine;
  let model: Model;
  beforeAll(async () => {
    engine = await openNodeEngine({ threads: 1 });
    const { config, weights } = await readCheckpoint(join(folder, name));
    model = openModel(engine, config, weights);
  });
  afterAll(() => engine.close());

  const tasks = random("shipped")
    .sample(trainedFamilies, 6)
    .map((family) => generatePuzzle(family, "easy", "cached", 0));

  it("was trained for some decoder", () => {
    const trained = model.config.jigsaw.objectives;
    expect(Object.values<Decoder>(decoders).map(({ objective }) => objective)).toEqual(
      expect.arrayContaining([...trained]),
    );
    expect(trained.length).toBeGreaterThan(0);
  });

  it("shows the same frames with a cached prompt as without, unless a choice was close", async () => {
    const trained = model.config.jigsaw.objectives;
    let compared = 0;
    for (const decoder of Object.values<Decoder>(decoders)) {
      const needed = [decoder.objective, ...(decoder.needs ?? [])];
      if (!needed.every((capability) => trained.includes(capability))) continue;
      // In one round, no choice hangs on which of two cells a model is surer of, when it is sure of both.
      for (const [task, steps] of tasks.flatMap((task) => [[task, 1] as const, [task, 10] as const])) {
        const cached = await decodeAll(decoder, model, task, { steps, cache: "prompt" });
        const plain = await decodeAll(decoder, model, task, { steps, cache: "none" });
        compared += Number(expectSame(cached, plain));
      }
    }
    expect(compared).toBeGreaterThan(0);
  });
});
