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

/** Decoders whose model is there; every one, once models are shipped. */
const own = Object.values<Decoder>(decoders).filter(({ model }) => models.includes(model));

describe.skipIf(models.length === 0)("shipped models", () => {
  let engine: Engine;
  const opened = new Map<string, Promise<Model>>();
  const open = (name: string): Promise<Model> => {
    const opening = async () => {
      const { config, weights } = await readCheckpoint(join(folder, name));
      return openModel(engine, config, weights);
    };
    const model = opened.get(name) ?? opening();
    opened.set(name, model);
    return model;
  };
  beforeAll(async () => {
    engine = await openNodeEngine({ threads: 1 });
  });
  afterAll(() => engine.close());

  it.each(models)("%s: was trained for some decoder", async (name) => {
    const trained = (await open(name)).config.jigsaw.objectives;
    expect(Object.values<Decoder>(decoders).map(({ objective }) => objective)).toEqual(
      expect.arrayContaining([...trained]),
    );
    expect(trained.length).toBeGreaterThan(0);
  });

  const tasks = random("shipped")
    .sample(trainedFamilies, 3)
    .map((family) => generatePuzzle(family, "easy", "cached", 0));

  it.each(own.map((decoder) => [decoder.name, decoder] as const))(
    "%s on its own model: cached and uncached prompts give the same frames, up to ties",
    async (_, decoder) => {
      const model = await open(decoder.model);
      let compared = 0;
      // In one round, no choice hangs on which of two cells a model is surer of, when it is sure of both.
      for (const [i, task] of tasks.entries()) {
        const steps = [1, 10, 1][i]!;
        const cached = await decodeAll(decoder, model, task, { steps, cache: "prompt" });
        const plain = await decodeAll(decoder, model, task, { steps, cache: "none" });
        compared += Number(expectSame(cached, plain));
      }
      expect(compared).toBeGreaterThan(tasks.length / 2);
    },
  );
});
