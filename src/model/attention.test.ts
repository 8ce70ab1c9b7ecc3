// Attention and rotary positions against their meaning in float64; on WebGPU: attention.webgpu.test.ts.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random } from "../core/random.ts";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import {
  type CheckOptions,
  checkAlong,
  checkEach,
  evaluate,
  expectClose,
  runCase,
} from "../graph/check.test-helper.ts";
import { input } from "../graph/tensor.ts";
import { attention, CHUNK } from "./attention.ts";
import { attentionCases, blind, rotaryConfig } from "./attention-cases.test-helper.ts";
import { biasOf } from "./forward.ts";
import { cosSin, frequencies } from "./rope.ts";

let cpu: Engine;
beforeAll(async () => {
  cpu = await openNodeEngine({ threads: 4 });
});
afterAll(() => cpu.close());

describe("attention and rotary positions", () => {
  const lengths = { T: 5, P: 3 };
  const kinds: [string, CheckOptions][] = [
    ["in float64", { lengths, real: "float64", tolerance: 1e-12 }],
    ["in float32, with named lengths", { lengths, named: true, tolerance: 4e-6 }],
  ];
  describe.each(kinds)("%s", (_, options) => {
    it.each(attentionCases)("%s", (_, test) => checkEach(cpu, test, options));
  });

  it.each(attentionCases)("at a length that threads share: %s", (_, test) =>
    checkAlong(cpu, test, { lengths: { T: 80, P: 40 }, named: true, tolerance: 5e-5 }),
  );
});

// What it gives is never used, but NaN would spread to the weights all the same.
it("gives a query that sees nothing numbers, and gradients that are numbers", async () => {
  const { found } = await runCase(cpu, blind, { lengths: { T: 4 } });
  for (const { data } of Object.values(found)) expect(data.every(Number.isFinite)).toBe(true);
});

describe("attention in chunks of queries", () => {
  const lengths = [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 7];
  it.each(lengths)("gives what it gives in one piece: %i tokens", async (tokens) => {
    const chunks = Math.ceil(tokens / CHUNK);
    const q = input("q", [1, "T", 2, 4]);
    const [k, v, pastK, pastV] = ["T", "T", "P", "P"].map((length, i) => input(`kv${i}`, [1, 1, length, 4]));
    const mask = input("mask", [1, 1, "T", "T"], "bool");
    const segments = [
      { k: pastK!, v: pastV! },
      { k: k!, v: v! },
    ];
    const draw = random("chunks", tokens);
    const noise = (dims: number[]) => {
      const data = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => draw.normal());
      return { dims, data };
    };
    const seen = Uint8Array.from({ length: tokens * tokens }, () => +draw.chance(0.5));
    const found = await evaluate(
      cpu,
      {
        whole: attention(q, segments, biasOf(mask)),
        parts: attention(q, segments, biasOf(mask), chunks),
      },
      {
        q: noise([1, tokens, 2, 4]),
        kv0: noise([1, 1, tokens, 4]),
        kv1: noise([1, 1, tokens, 4]),
        kv2: noise([1, 1, 9, 4]),
        kv3: noise([1, 1, 9, 4]),
        mask: { dims: [1, 1, tokens, tokens], data: seen, bool: true },
      },
    );
    expect(found.whole!.shape).toEqual([tokens, 8]);
    expectClose(found.parts!, found.whole!, 1e-6, "in chunks");
  });
});

describe("rotary frequencies", () => {
  it("of positions in sequence fall from 1 in equal ratios", () => {
    const table = frequencies(rotaryConfig("sequence", 8));
    for (const [i, wanted] of [1, 100 ** -0.25, 100 ** -0.5, 100 ** -0.75].entries()) {
      expect(table[i]).toEqual([expect.closeTo(wanted, 12)]);
    }
  });

  it("of grid positions give each axis its share and leave a share still", () => {
    const table = frequencies(rotaryConfig("grid", 32));
    const axes = table.map((row) => row.findIndex((frequency) => frequency > 0));
    expect(axes).toEqual([0, 0, 0, 0, 1, 1, 1, 2, 2, 2, -1, -1, -1, -1, -1, -1]);
    expect(table[0]).toEqual([1, 0, 0]);
    expect(table[5]).toEqual([0, expect.closeTo(100 ** (-1 / 3), 12), 0]);
  });

  it("stay exact far from the start", async () => {
    const config = rotaryConfig("sequence", 4);
    const rope = cosSin(config, input("coordinates", [1, 2, 1]));
    const places = [4095, 40_959];
    const coordinates = { dims: [1, 2, 1], data: Float32Array.from(places) };
    const found = await evaluate(cpu, { cos: rope.cos, sin: rope.sin }, { coordinates });
    const angles = places.flatMap((place) => [place, place / 10, place, place / 10]);
    const wanted = (f: (angle: number, i: number) => number) => ({
      shape: [1, 2, 1, 4],
      data: Float64Array.from(angles, f),
    });
    const turned = (angle: number, i: number) => Math.sin(angle) * (i % 4 < 2 ? -1 : 1);
    expectClose(found.cos!, wanted(Math.cos), 1e-7, "cosines");
    expectClose(found.sin!, wanted(turned), 1e-7, "sines");
  });
});
