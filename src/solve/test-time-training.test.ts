// Test-time training on models of random weights.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Task } from "../arc/task.ts";
import { decoders } from "../decode/decoders/index.ts";
import { trainedFor } from "../decode/tiny.test-helper.ts";
import { countingEngine } from "../engine/counting.test-helper.ts";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { initialWeights } from "../model/initialize.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import type { Weights } from "../model/weights.ts";
import {
  learningFor,
  openTestTimeTrainer,
  type TestTimeOptions,
  type TestTimeTrainer,
} from "./test-time-training.ts";

const OPTIONS: TestTimeOptions = {
  tttSteps: 4,
  tttBatch: 2,
  tttLoraRank: 0,
  tttLearningRate: 3e-3,
  tttMuonLearningRate: 1e-2,
  seed: 1,
};
const [first, second] = [randomTask("first", 3, 4), randomTask("second", 3, 4)];
const typewriter = tinyConfig({ objectives: ["autoregressive"], pattern: "causal" });
const jigsaw = tinyConfig({ objectives: ["masked-diffusion"], pattern: "grid-prompt" });

async function adapt(trainer: TestTimeTrainer, task: Task) {
  const adapting = trainer.adapt(task);
  const losses: number[] = [];
  for await (const { loss } of adapting) losses.push(loss);
  return { losses, ...(await adapting.result) };
}

const copy = (weights: Weights): Weights => structuredClone(weights) as Weights;

describe("a test-time trainer", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openNodeEngine({ threads: 1 });
  });
  afterAll(() => engine.close());

  it.each([
    ["a typewriter", typewriter, "autoregressive"],
    ["masked diffusion", jigsaw, "masked-diffusion"],
  ] as const)(
    "starts each task from the same weights, which stay as they are (%s)",
    async (_, config, capability) => {
      const { engine: counting, counts } = countingEngine(engine);
      const weights = initialWeights(config, 3);
      const before = copy(weights);
      const trainer = openTestTimeTrainer(
        counting,
        config,
        weights,
        learningFor(capability, [], config),
        OPTIONS,
      );
      const one = await adapt(trainer, first);
      const other = await adapt(trainer, second);
      const again = await adapt(trainer, first);
      expect(one.losses.length).toBe(4);
      expect(one.cost).toMatchObject({ steps: 4, firstLoss: one.losses[0], lastLoss: one.losses[3] });
      expect(one.cost.tokens).toBeGreaterThan(4 * 2 * 50);
      expect(again.losses).toEqual(one.losses);
      expect(again.weights).toEqual(one.weights);
      expect(other.losses).not.toEqual(one.losses);
      expect(weights).toEqual(before);
      expect(one.weights["model.norm.weight"]!.data).not.toEqual(before["model.norm.weight"]!.data);
      await trainer.close();
      expect(counts.kept.size).toBe(0);
    },
  );

  it("learns: the loss falls on a task that is seen often", async () => {
    const weights = initialWeights(typewriter, 3);
    const learning = learningFor("autoregressive", [], typewriter);
    const trainer = openTestTimeTrainer(engine, typewriter, weights, learning, { ...OPTIONS, tttSteps: 40 });
    const { losses } = await adapt(trainer, first);
    const mean = (some: readonly number[]) => some.reduce((a, b) => a + b, 0) / some.length;
    expect(mean(losses.slice(-5))).toBeLessThan(mean(losses.slice(0, 5)) - 0.2);
    await trainer.close();
  });

  it("trains low-rank updates, and gives them merged", async () => {
    const { engine: counting, counts } = countingEngine(engine);
    const weights = initialWeights(typewriter, 3);
    const before = copy(weights);
    const learning = learningFor("autoregressive", [], typewriter);
    const trainer = openTestTimeTrainer(counting, typewriter, weights, learning, {
      ...OPTIONS,
      tttLoraRank: 2,
    });
    const one = await adapt(trainer, first);
    await adapt(trainer, second);
    const again = await adapt(trainer, first);
    expect(again.weights).toEqual(one.weights);
    expect(weights).toEqual(before);
    const name = "model.layers.0.self_attn.q_proj.weight";
    const { dims } = before[name]!;
    const change = one.weights[name]!.data.map((value, i) => value - before[name]!.data[i]!);
    expect(change.some((value) => Math.abs(value) > 1e-6)).toBe(true);
    expect(rankOf(change, dims[0]!, dims[1]!)).toBe(2);
    await trainer.close();
    expect(counts.kept.size).toBe(0);
  });

  it("trains nothing where there is one demonstration, or no step", async () => {
    const weights = initialWeights(typewriter, 3);
    const learning = learningFor("autoregressive", [], typewriter);
    for (const [task, tttSteps] of [
      [{ ...first, train: first.train.slice(0, 1) }, 4],
      [first, 0],
    ] as const) {
      const trainer = openTestTimeTrainer(engine, typewriter, weights, learning, { ...OPTIONS, tttSteps });
      const { losses, cost, weights: after } = await adapt(trainer, task);
      expect([losses.length, cost.steps, cost.firstLoss]).toEqual([0, 0, null]);
      expect(after).toBe(weights);
      await trainer.close();
    }
  });

  it("ends when its time is over, and when it is told to", async () => {
    const weights = initialWeights(typewriter, 3);
    const learning = learningFor("autoregressive", [], typewriter);
    const trainer = openTestTimeTrainer(engine, typewriter, weights, learning, {
      ...OPTIONS,
      tttSteps: 10_000,
      tttSeconds: 0.3,
    });
    const { losses } = await adapt(trainer, first);
    expect(losses.length).toBeGreaterThan(0);
    expect(losses.length).toBeLessThan(10_000);
    const stop = new AbortController();
    const adapting = trainer.adapt(first, stop.signal);
    const watch = async () => {
      for await (const _ of adapting) stop.abort(new Error("enough"));
    };
    await expect(watch()).rejects.toThrow("enough");
    await expect(adapting.result).rejects.toThrow("enough");
    await trainer.close();
  });
});

/** The rank of a matrix by elimination, up to rounding. */
function rankOf(values: Float32Array, rows: number, columns: number): number {
  const matrix = Array.from({ length: rows }, (_, r) =>
    Array.from(values.slice(r * columns, (r + 1) * columns)),
  );
  const tiny = 1e-3 * Math.max(...values.map(Math.abs));
  let rank = 0;
  for (let c = 0; c < columns && rank < rows; c++) {
    const rest = matrix.slice(rank);
    const pivot = rest.reduce((best, row) => (Math.abs(row[c]!) > Math.abs(best[c]!) ? row : best));
    if (Math.abs(pivot[c]!) < tiny) continue;
    matrix.splice(matrix.indexOf(pivot), 1);
    matrix.splice(rank, 0, pivot);
    for (const row of matrix.slice(rank + 1)) {
      const factor = row[c]! / pivot[c]!;
      for (let i = c; i < columns; i++) row[i]! -= factor * pivot[i]!;
    }
    rank++;
  }
  return rank;
}

describe("what a checkpoint learns at test time", () => {
  it("is what each decoder needs of its checkpoint", () => {
    const joint = tinyConfig({
      objectives: ["autoregressive", "masked-diffusion", "wrong-cells", "block-diffusion"],
      pattern: "causal-prompt",
      shift: true,
    });
    const of = (name: keyof typeof decoders, config = tinyConfig(trainedFor(decoders[name]))) => {
      const { objective, needs = [] } = decoders[name] as { objective: string; needs?: readonly string[] };
      return learningFor(objective, needs, config);
    };
    expect(of("greedy").objective.name).toBe("autoregressive");
    expect(of("greedy").options.pattern).toBe("causal");
    expect(of("steps").objective.name).toBe("masked-diffusion");
    expect(of("steps").options.pattern).toBe("grid-prompt");
    expect(of("backspace").objective.name).toBe("backspace");
    expect(of("edit-ops").objective.name).toBe("edit-operations");
    expect(of("soft").objective.name).toBe("masked-diffusion");
    expect(of("steps", joint)).toMatchObject({
      objective: { name: "joint" },
      options: { pattern: "causal-prompt", wrongCells: 0 },
    });
    expect(of("greedy", joint).objective.name).toBe("joint");
    expect(of("edit", joint).options.wrongCells).toBeGreaterThan(0);
    expect(of("blocks", joint).options.blocks).toBeGreaterThan(0);
  });
});
