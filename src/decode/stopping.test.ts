/** However a decoding ends, it ends within a pass, and leaves no keys and values behind. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countingEngine } from "../engine/counting.test-helper.ts";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { initialWeights } from "../model/initialize.ts";
import { openModel } from "../model/model.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { decoders } from "./decoders/index.ts";
import type { Decoder, Decoding } from "./define.ts";
import { promptOf } from "./puzzle-prompt.ts";
import { CACHES } from "./session.ts";
import { smallSizes, trainedFor } from "./tiny.test-helper.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

const prompt = promptOf({ config: tinyConfig() }, randomTask("stopping"));
const cases = Object.values<Decoder>(decoders).flatMap((decoder) =>
  // Those that the decoder has.
  CACHES.filter((cache) => decoder.options.safeParse({ cache }).success).map((cache) => ({
    name: decoder.name,
    decoder,
    cache,
  })),
);

describe.each(cases)("$name with cache $cache", ({ decoder, cache }) => {
  function setUp(maxPositions = 4096) {
    const config = tinyConfig({
      layers: 1,
      maxPositions,
      ...trainedFor(decoder),
    });
    const { engine: counting, counts } = countingEngine(engine);
    const model = openModel(counting, config, initialWeights(config, 8));
    const decode = (signal?: AbortSignal) =>
      decoder.decode(smallSizes(model, 3), prompt, { cache, steps: 4 }, { signal });
    return { counts, model, decode };
  }

  /** Takes frames until the end. */
  async function drain(decoding: Decoding): Promise<void> {
    for await (const _ of decoding);
    await decoding.candidates;
  }

  it("frees everything at its end", async () => {
    const { counts, model, decode } = setUp();
    await drain(decode());
    expect(counts.runs).toBeGreaterThan(3);
    expect(counts.kept.size).toBe(0);
    await model.close();
    expect(counts.programs).toBe(0);
  });

  it("ends with the pass in which it is aborted", async () => {
    const reason = new Error("enough");
    const { counts, model, decode } = setUp();
    await drain(decode());
    const passes = counts.runs;
    for (let last = 1; last < passes; last++) {
      const stop = new AbortController();
      counts.runs = 0;
      counts.onRun = (run) => run === last && stop.abort(reason);
      await expect(drain(decode(stop.signal))).rejects.toBe(reason);
      expect(counts.runs).toBe(last);
      expect(counts.kept.size).toBe(0);
    }
    await model.close();
  });

  it("computes nothing where it was aborted before", async () => {
    const { counts, model, decode } = setUp();
    const reason = new Error("not at all");
    await expect(drain(decode(AbortSignal.abort(reason)))).rejects.toBe(reason);
    expect(counts.runs).toBe(0);
    await model.close();
  });

  it("frees everything where no more frames are asked for", async () => {
    const { counts, model, decode } = setUp();
    for await (const _ of decode()) {
      if (cache !== "none") expect(counts.runs).toBeGreaterThan(0);
      break;
    }
    expect(counts.kept.size).toBe(0);
    await model.close();
  });

  it("frees everything where a pass fails, and hands on the failure", async () => {
    const { counts, model, decode } = setUp();
    await drain(decode());
    const passes = counts.runs;
    for (let last = 1; last <= passes; last++) {
      counts.runs = 0;
      counts.onRun = (run) => {
        if (run === last) throw new Error("out of memory");
      };
      await expect(drain(decode())).rejects.toThrow("out of memory");
      expect(counts.kept.size).toBe(0);
    }
    await model.close();
  });

  it("refuses a prompt that leaves the answer no room, and frees everything", async () => {
    // Operations can be shorter than any canvas.
    for (const room of decoder.name === "edit-ops" ? [-1, 0, 2] : [-1, 0, 2, 5]) {
      const { counts, model, decode } = setUp(prompt.tokens.length + room);
      await expect(drain(decode())).rejects.toMatchObject({ name: "JigsawError", code: "too-long" });
      expect(counts.kept.size).toBe(0);
      await model.close();
    }
  });
});
