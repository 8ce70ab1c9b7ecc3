/** Prompts longer than a chunk of queries: the same numbers as in one piece, and a clear refusal beyond the limit. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine, HostTensor } from "../engine/engine.ts";
import { newLedger } from "../engine/ledger.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { toOnnx } from "../graph/onnx.ts";
import { promptTokens, type Token } from "../sequence/tokens.ts";
import { CHUNK } from "./attention.ts";
import type { Qwen3Config } from "./config.ts";
import { passGraph } from "./forward.ts";
import { initialWeights } from "./initialize.ts";
import { feedTokens } from "./inputs.ts";
import type { KvSegment } from "./model.ts";
import {
  BOTH,
  CACHE,
  cut,
  gap,
  LOGITS,
  maskOf,
  randomTask,
  SAME,
  tail,
  tinyConfig,
  withTiny,
} from "./tiny.test-helper.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 1 });
});
afterAll(() => engine.close());

/** Does the same with a program for each kind of pass, and with one for all. */
const withModel = async (config: Qwen3Config, work: Parameters<typeof withTiny>[2]) => {
  for (const oneProgram of [false, true]) await withTiny(engine, config, work, { oneProgram });
};

describe("long prompts", () => {
  const long = (length: number): Token[] => {
    const all = promptTokens(randomTask("long", 12, 12));
    expect(all.length).toBeGreaterThan(length);
    return all.slice(0, length);
  };

  /** The pass in a single chunk, whatever its length. */
  async function unchunked(config: Qwen3Config, tokens: readonly Token[], mask?: Uint8Array) {
    const kind = {
      segments: 0,
      append: false,
      masked: mask !== undefined,
      softEmbeddings: false,
      chunks: 1,
      logits: "all",
      cache: false,
    } as const;
    const weights = Object.entries(initialWeights(config, 1)).map(([name, { data }]) => [name, data]);
    const program = await engine.compile(toOnnx(passGraph(config, kind), Object.fromEntries(weights)));
    const feeds: Record<string, HostTensor> = { ...feedTokens([tokens], config.jigsaw.positions, 0) };
    if (mask) feeds.mask = { dims: [1, 1, tokens.length, tokens.length], data: mask, bool: true };
    const { values } = await engine.run(program, feeds);
    await engine.release(program);
    return values.logits!.data as Float32Array;
  }

  it.each([CHUNK - 1, CHUNK, CHUNK + 1, 700, 1300])(
    "of %i tokens are attended in chunks as in one",
    (length) => {
      const config = tinyConfig({ layers: 1 });
      const tokens = long(length);
      const mask = maskOf("grid-prompt", tokens);
      return withModel(config, async (_, run) => {
        expect(gap((await run({ tokens })).logits, await unchunked(config, tokens))).toBeLessThan(SAME);
        const masked = await run({ tokens, mask });
        expect(gap(masked.logits, await unchunked(config, tokens, mask))).toBeLessThan(SAME);
      });
    },
  );

  it.each([700, 1300])("of %i tokens can be encoded at once or in pieces", (length) => {
    const config = tinyConfig({ pattern: "causal", positions: "sequence" });
    const tokens = long(length);
    const mask = maskOf("causal", tokens);
    return withModel(config, async (model, run) => {
      const { logits } = await run({ tokens, mask });
      let segment: KvSegment | undefined;
      let last = new Float32Array();
      for (let at = 0; at < length; ) {
        // The second piece is longer than a chunk where there is room.
        const end = Math.min(length, at + (at === 0 ? 350 : CHUNK + 60));
        const past = segment ? [segment] : [];
        const pass = {
          tokens: tokens.slice(at, end),
          past,
          append: at > 0,
          mask: cut(mask, length, [at, end]),
        };
        const outputs = await run(pass, BOTH);
        if (segment) await model.free(segment);
        segment = outputs.segment;
        last = outputs.logits as Float32Array<ArrayBuffer>;
        at = end;
      }
      expect(gap(last, tail(logits, last.length / 64))).toBeLessThan(SAME);
      await model.free(segment!);
    });
  });

  it("are refused beyond the model's positions, before anything is computed", () =>
    withModel(tinyConfig({ maxPositions: 50 }), async (model, run) => {
      const tokens = long(51);
      const ledger = newLedger();
      const refused = { name: "JigsawError", code: "too-long", message: expect.stringContaining("51") };
      await expect(model.run({ tokens }, LOGITS, ledger, "prompt")).rejects.toMatchObject(refused);
      const { segment } = await run({ tokens: tokens.slice(0, 40) }, CACHE);
      const late = { tokens: tokens.slice(40), past: [segment!] };
      await expect(model.run(late, LOGITS, ledger, "decode")).rejects.toMatchObject(refused);
      expect(ledger).toEqual(newLedger());
      const fits = { tokens: tokens.slice(40, 50), past: [segment!] };
      expect((await run(fits)).logits.length).toBe(10 * 64);
      await model.free(segment!);
    }));
});
