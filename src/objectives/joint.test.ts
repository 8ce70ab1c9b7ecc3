import { describe, expect, it } from "vitest";
import { random } from "../core/random.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { gap, randomTask, SAME, tinyConfig, withTiny } from "../model/tiny.test-helper.ts";
import { patterns, visibleKeys, writeMask } from "../sequence/attention-patterns.ts";
import { TOKEN, VOCABULARY } from "../sequence/tokens.ts";
import { autoregressive } from "./autoregressive.ts";
import { joint } from "./joint.ts";
import { maskedDiffusion } from "./masked-diffusion.ts";
import { type Example, type Objective, objectiveOptions } from "./objective.ts";

const given = { pattern: "causal-prompt", fullMask: 0, sizeWeight: 2, copies: 2, wrongCells: 0.5 };

const maskOf = ({ tokens, spans }: Example, pattern: "causal" | "causal-prompt"): Uint8Array => {
  const mask = new Uint8Array(tokens.length ** 2);
  writeMask(visibleKeys(spans, patterns[pattern]), mask, tokens.length);
  return mask;
};

const cases = Array.from({ length: 8 }, (_, i) => {
  const task = randomTask(`joint ${i}`, 1 + (i % 4), 4);
  const of = (objective: Objective, changes: object = {}) =>
    objective.example(task, i / 8, random("joint", i), objectiveOptions(objective, { ...given, ...changes }));
  const filled = of(maskedDiffusion, { shift: true });
  return {
    both: of(joint),
    read: of(autoregressive, { pattern: "causal" }),
    filled,
    prompt: filled.spans[0]!.length,
  };
});

describe("the joint objective", () => {
  it("starts with what a typewriter reads and learns", () => {
    for (const { both, read } of cases) {
      const length = read.tokens.length;
      expect(both.tokens.slice(0, length)).toEqual(read.tokens);
      expect(both.labels.slice(0, length)).toEqual(read.labels);
      expect(both.weights.slice(0, length)).toEqual(read.weights);
      expect(both.spans[0]).toEqual({ length });
    }
  });

  it("lets that half see what a typewriter's tokens see, and no masked answer", () => {
    for (const { both, read } of cases) {
      const [total, length] = [both.tokens.length, read.tokens.length];
      const [mask, alone] = [maskOf(both, "causal-prompt"), maskOf(read, "causal")];
      for (let query = 0; query < length; query++) {
        const row = mask.subarray(query * total, (query + 1) * total);
        expect(row.subarray(0, length)).toEqual(alone.subarray(query * length, (query + 1) * length));
        expect(row.subarray(length).includes(1)).toBe(false);
      }
    }
  });

  it("goes on with masked diffusion's answers under the logit shift", () => {
    for (const { both, read, filled, prompt } of cases) {
      const length = read.tokens.length;
      expect(both.tokens.slice(length)).toEqual(filled.tokens.slice(prompt));
      expect(both.labels.slice(length)).toEqual(filled.labels.slice(prompt));
      expect(both.weights.slice(length)).toEqual(filled.weights.slice(prompt));
      expect(both.spans.slice(1)).toEqual(filled.spans.slice(1));
      // Heights, which the shift puts at the prompt's marks, are told there by the next token's label.
      for (const [i, label] of filled.labels.slice(0, prompt).entries()) {
        if (label >= 0) expect(both.labels[i]).toBe(label);
      }
    }
  });

  it("never shows masked answers the answer as it is read", () => {
    for (const { both, read, prompt } of cases) {
      const total = both.tokens.length;
      const mask = maskOf(both, "causal-prompt");
      for (let query = read.tokens.length; query < total; query++) {
        const { grid } = both.tokens[query]!.place;
        const row = mask.subarray(query * total, (query + 1) * total);
        expect(row.subarray(prompt, read.tokens.length).includes(1)).toBe(false);
        // Of earlier outputs that are learnt it sees all, of its own the mark.
        for (const [key, { id, place }] of read.tokens.slice(0, prompt).entries()) {
          const mark = id === TOKEN.output && place.grid === grid;
          expect(row[key]).toBe(Number(place.grid < grid || mark));
        }
      }
    }
  });

  it("gives the typewriter's half a typewriter's predictions", async () => {
    const engine = await openNodeEngine({ threads: 1 });
    await withTiny(engine, tinyConfig({ pattern: "causal-prompt" }), async (_, run) => {
      for (const { both, read } of cases.slice(0, 3)) {
        const one = (await run({ tokens: both.tokens, mask: maskOf(both, "causal-prompt") })).logits;
        const other = (await run({ tokens: read.tokens, mask: maskOf(read, "causal") })).logits;
        expect(other.length).toBe(read.tokens.length * VOCABULARY);
        expect(gap(one.subarray(0, other.length), other)).toBeLessThan(SAME);
      }
    });
    await engine.close();
  });

  it("trains for both, and for wrong cells where there are any", () => {
    expect(joint.patterns).toEqual(["causal-prompt"]);
    const options = objectiveOptions(joint, given);
    expect(joint.capabilities(options)).toEqual(["autoregressive", "masked-diffusion", "wrong-cells"]);
    expect(joint.capabilities({ ...options, wrongCells: 0 })).toEqual(["autoregressive", "masked-diffusion"]);
  });
});
