/** What is cached, cut into pieces or attended in chunks gives the numbers of one plain pass; what is hidden, none. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JigsawError } from "../core/errors.ts";
import { random } from "../core/random.ts";
import { countingEngine } from "../engine/counting.test-helper.ts";
import type { Engine } from "../engine/engine.ts";
import { newLedger } from "../engine/ledger.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { answerGrid, gridEnds, promptTokens, TOKEN } from "../sequence/tokens.ts";
import { POSITIONS, type Qwen3Config } from "./config.ts";
import { chunksFor } from "./graphs.ts";
import { initialWeights } from "./initialize.ts";
import { type KvSegment, type Model, openModel, type Pass } from "./model.ts";
import {
  BOTH,
  CACHE,
  cut,
  gap,
  LOGITS,
  logProbabilities,
  maskOf,
  noisyCanvas,
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

const cacheable = ["causal", "prefix", "causal-prompt", "grid-prompt"] as const;
const kinds = cacheable.flatMap((pattern) => POSITIONS.map((positions) => ({ pattern, positions })));

describe.each(kinds)("a model under $pattern with $positions positions", ({ pattern, positions }) => {
  const config = tinyConfig({ pattern, positions });
  const task = randomTask("cache", 3);
  const prompt = promptTokens(task);
  const answer = noisyCanvas("cache", 3, 4, answerGrid(3));
  const tokens = [...prompt, ...answer];
  const whole = maskOf(pattern, prompt, answer.length);

  it("finds the answer's log-probabilities with the prompt cached as without", () =>
    withModel(config, async (model, run) => {
      const plain = await run({ tokens, mask: whole });
      const { segment } = await run({ tokens: prompt, mask: maskOf(pattern, prompt) }, CACHE);
      const mask = cut(whole, tokens.length, [prompt.length, tokens.length], prompt.length);
      const cached = await run({ tokens: answer, past: [segment!], mask });
      expect(segment!.length).toBe(prompt.length);
      expect(gap(cached.logits, tail(plain.logits, answer.length))).toBeLessThan(SAME);
      // Far from flat: else anything would agree.
      const surest = Math.max(...logProbabilities(cached.logits, 64));
      expect(surest).toBeGreaterThan(Math.log(0.2));
      if (!mask.includes(0)) {
        const unmasked = await run({ tokens: answer, past: [segment!] });
        expect(gap(unmasked.logits, cached.logits)).toBeLessThan(SAME);
      }
      await model.free(segment!);
    }));

  it("sees what is visible through its layers, and nothing else", () =>
    withModel(config, async (_, run) => {
      const total = tokens.length;
      const reach = reachable(whole, total, config.layers);
      const plain = (await run({ tokens, mask: whole })).logits;
      const { int } = random("touched", pattern);
      for (let n = 0; n < 25; n++) {
        const key = n < 5 ? prompt.length + n : int(0, total - 1);
        const changed = tokens.with(key, { ...tokens[key]!, id: (tokens[key]!.id + 7) % 40 });
        const { logits } = await run({ tokens: changed, mask: whole });
        for (let query = 0; query < total; query++) {
          const row = (table: Float32Array) => table.subarray(query * 64, (query + 1) * 64).join();
          const differs = row(logits) !== row(plain);
          if (differs !== Boolean(reach[query * total + key])) {
            expect.fail(`token ${query} ${differs ? "noticed" : "did not notice"} that ${key} changed`);
          }
        }
      }
    }));
});

/** Which tokens reach which in so many layers: [query, key]. */
function reachable(mask: Uint8Array, total: number, layers: number): Uint8Array {
  let reach = Uint8Array.from({ length: total * total }, (_, i) => Number(i % (total + 1) === 0));
  for (let layer = 0; layer < layers; layer++) {
    const next = new Uint8Array(total * total);
    for (let q = 0; q < total; q++) {
      for (let via = 0; via < total; via++) {
        if (!mask[q * total + via]) continue;
        for (let k = 0; k < total; k++) next[q * total + k]! |= reach[via * total + k]!;
      }
    }
    reach = next;
  }
  return reach;
}

describe.each(POSITIONS)("a causal model with %s positions, extended", (positions) => {
  const config = tinyConfig({ pattern: "causal", positions, kvHeads: 1, tieWordEmbeddings: false });
  const tokens = promptTokens(randomTask("extend", 2));
  const total = tokens.length;
  const mask = maskOf("causal", tokens);

  /** Writes the tokens in pieces, each appended to the segment before it; gives all logits. */
  async function written(
    model: Model,
    run: (pass: Pass, want: typeof BOTH) => ReturnType<Model["run"]>,
    sizes: (at: number) => number,
    past: readonly KvSegment[] = [],
    start = 0,
  ): Promise<Float32Array> {
    const logits: number[] = [];
    let segment: KvSegment | undefined;
    for (let at = start; at < total; ) {
      const end = Math.min(total, at + sizes(at));
      const pass: Pass = {
        tokens: tokens.slice(at, end),
        past: segment ? [...past, segment] : past,
        append: segment !== undefined,
        // A lone token sees all that is there.
        ...(end - at > 1 && { mask: cut(mask, total, [at, end], start) }),
      };
      const outputs = await run(pass, BOTH);
      if (segment) await model.free(segment);
      segment = outputs.segment!;
      expect(segment.length).toBe(end - start);
      logits.push(...outputs.logits);
      at = end;
    }
    await model.free(segment!);
    return Float32Array.from(logits);
  }

  it("finds token by token, two by two, and in any pieces what it finds at once", () =>
    withModel(config, async (model, run) => {
      const { logits } = await run({ tokens, mask });
      expect(gap(await written(model, run, () => 1), logits)).toBeLessThan(SAME);
      expect(gap(await written(model, run, () => 2), logits)).toBeLessThan(SAME);
      const { int } = random("pieces", positions);
      expect(gap(await written(model, run, () => int(1, 9)), logits)).toBeLessThan(SAME);
    }));

  it("finds the same after a cached prompt that is not copied", () =>
    withModel(config, async (model, run) => {
      const { logits } = await run({ tokens, mask });
      const start = 20;
      const head = tokens.slice(0, start);
      const { segment } = await run({ tokens: head, mask: maskOf("causal", head) }, CACHE);
      const rest = tail(logits, total - start);
      expect(gap(await written(model, run, () => 1, [segment!], start), rest)).toBeLessThan(SAME);
      expect(gap(await written(model, run, (at) => 1 + (at % 3), [segment!], start), rest)).toBeLessThan(
        SAME,
      );
      await model.free(segment!);
    }));
});

describe("segments", () => {
  const tokens = promptTokens(randomTask("segments", 2));
  const config = tinyConfig({ pattern: "grid-prompt" });

  it("may be many: a prompt encoded grid by grid is the prompt encoded at once", () =>
    withModel(config, async (model, run) => {
      const mask = maskOf("grid-prompt", tokens);
      const { logits } = await run({ tokens, mask });
      const past: KvSegment[] = [];
      const found: number[] = [];
      for (let at = 0; at < tokens.length; ) {
        const end = gridEnds(tokens)[at]!;
        // A grid (or a mark) sees itself and all before it, so no mask is needed.
        const outputs = await run({ tokens: tokens.slice(at, end), past }, BOTH);
        past.push(outputs.segment!);
        found.push(...outputs.logits);
        at = end;
      }
      expect(past.length).toBeGreaterThan(10);
      expect(gap(Float32Array.from(found), logits)).toBeLessThan(SAME);
      await model.free(...past);
    }));

  it("are gone once freed, and only those", async () => {
    const { engine: counting, counts } = countingEngine(engine);
    const model = openModel(counting, config, initialWeights(config, 1));
    const run = (pass: Pass, want = CACHE) => model.run(pass, want, newLedger(), "decode");
    const first = (await run({ tokens })).segment!;
    const second = (await run({ tokens: tokens.slice(0, 3), past: [first] })).segment!;
    expect(counts.kept.size).toBe(2 * 2 * config.layers);
    await model.free(first);
    expect(counts.kept.size).toBe(2 * config.layers);
    await expect(run({ tokens, past: [first] })).rejects.toThrow(JigsawError);
    expect((await run({ tokens, past: [second] }, LOGITS)).logits.length).toBe(tokens.length * 64);
    await model.free(second);
    expect(counts.kept.size).toBe(0);
    await model.close();
    expect(counts.programs).toBe(0);
  });

  it("are given only where asked for, as are logits", () =>
    withModel(config, async (model, run) => {
      const plain = await run({ tokens });
      expect(plain.segment).toBeUndefined();
      const kept = await run({ tokens }, CACHE);
      expect(kept.logits.length).toBe(0);
      await model.free(kept.segment!);
    }));
});

describe("logits", () => {
  it("may be of the last token alone", () => {
    const tokens = promptTokens(randomTask("last", 2));
    return withModel(tinyConfig(), async (_, run) => {
      const { logits } = await run({ tokens });
      const last = await run({ tokens }, { logits: "last", cache: false });
      expect(last.logits).toHaveLength(64);
      expect(gap(last.logits, tail(logits, 1))).toBeLessThan(SAME);
    });
  });
});

describe("chunks", () => {
  it("leave out the keys after the last that a piece sees", () => {
    const tokens = promptTokens(randomTask("cuts", 12, 12)).slice(0, 400);
    const { starts, keyEnds } = chunksFor(400, 400, false, maskOf("causal", tokens));
    expect([...starts.data].map(Number)).toEqual([0, 0, 100, 200, 300, 400]);
    expect([...keyEnds.data].map(Number).slice(1)).toEqual([100, 200, 300, 400]);
    const free = chunksFor(400, 400, false, new Uint8Array(400 * 400).fill(1));
    expect([...free.keyEnds.data].map(Number).slice(1)).toEqual([400, 400, 400, 400]);
    // What is cached is visible to the first chunk only, so then it has all queries.
    expect([...chunksFor(400, 400, true, new Uint8Array()).starts.data].map(Number)).toEqual([
      0, 400, 400, 400, 400, 400,
    ]);
  });
});

describe("the ledger", () => {
  it("gets every pass: its positions, its pairs, its time under its phase", () =>
    withModel(tinyConfig(), async (model) => {
      const tokens = promptTokens(randomTask("ledger", 1)).slice(0, 10);
      const ledger = newLedger();
      const { segment } = await model.run({ tokens }, CACHE, ledger, "prompt");
      expect(ledger).toMatchObject({ passes: 1, positions: 10, pairs: 100, decodeMs: 0 });
      expect(ledger.promptMs).toBeGreaterThan(0);
      const { promptMs } = ledger;
      await model.run({ tokens: tokens.slice(0, 3), past: [segment!] }, LOGITS, ledger, "decode");
      expect(ledger).toMatchObject({ passes: 2, positions: 13, pairs: 100 + 3 * 13, promptMs });
      expect(ledger.decodeMs).toBeGreaterThan(0);
      await model.free(segment!);
    }));
});

describe("weights", () => {
  it("of another seed give another model; of the same, the same", async () => {
    const config = tinyConfig();
    const tokens = promptTokens(randomTask("seeds", 1));
    const found: Float32Array[] = [];
    for (const seed of [1, 1, 2]) {
      const model = openModel(engine, config, initialWeights(config, seed));
      found.push((await model.run({ tokens }, LOGITS, newLedger(), "decode")).logits);
      await model.close();
    }
    expect(found[1]!.join()).toBe(found[0]!.join());
    expect(gap(found[2]!, found[0]!)).toBeGreaterThan(0.1);
    expect(tokens.some(({ id }) => id === TOKEN.output)).toBe(true);
  });
});
