import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JigsawError } from "../core/errors.ts";
import { PLAIN_QWEN3 } from "../model/config.ts";
import { tinyConfig } from "../model/tiny.test-helper.ts";
import { maskOf, maskSpecOf, parseMaskSpec, showMaskSpec } from "./mask-spec.ts";

describe("mask specs", () => {
  it.each(["causal", "full", "prefix:7", "blocks:32"])("%s is read and shown", (text) => {
    expect(showMaskSpec(parseMaskSpec(text))).toBe(text);
  });

  it.each([
    "",
    "prefix",
    "prefix:0",
    "blocks:-1",
    "blocks:1.5",
    "causal:3",
    "full:",
    "grids",
    "prefix:99999999999",
  ])("%j is refused", (text) => {
    expect(() => parseMaskSpec(text)).toThrow(JigsawError);
  });

  it("say for each pair who sees whom", () => {
    const sees = {
      causal: (i: number, j: number) => j <= i,
      full: () => true,
      prefix: (i: number, j: number, n: number) => i >= n || j < n,
      blocks: (i: number, j: number, n: number) => Math.floor(j / n) <= Math.floor(i / n),
    };
    const kinds = Object.keys(sees) as (keyof typeof sees)[];
    const some = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(fc.constantFrom(...kinds), some, some, (kind, n, tokens) => {
        const spec = kind === "causal" || kind === "full" ? { kind } : { kind, tokens: n };
        const mask = maskOf(spec, tokens);
        for (let i = 0; i < tokens; i++) {
          for (let j = 0; j < tokens; j++) {
            expect(mask ? mask[i * tokens + j] : 1, `${i} sees ${j}`).toBe(+sees[kind](i, j, n));
          }
        }
      }),
    );
  });

  it("are a checkpoint's own where ids settle them", () => {
    const config = tinyConfig();
    const own = (change: object) =>
      showMaskSpec(maskSpecOf({ ...config, jigsaw: { ...config.jigsaw, ...change } }));
    expect(own(PLAIN_QWEN3)).toBe("causal");
    expect(own({ pattern: "causal" })).toBe("causal");
    expect(own({ pattern: "full", blockSize: 32 })).toBe("full");
    expect(own({ pattern: "blocks", blockSize: 4 })).toBe("blocks:4");
    for (const change of [{ pattern: "prefix" }, { pattern: "blocks", blockSize: null }]) {
      expect(() => own(change)).toThrow("which ids alone do not settle");
    }
  });
});
