// Adapters that peft wrote, here: its logits and gradients. Adapters and merged checkpoints that we wrote: what peft
// and transformers make of them. tools/fixtures/lora_fixtures.py asks them.
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine, HostTensor } from "../../engine/engine.ts";
import { openNodeEngine } from "../../engine/node/sessions.ts";
import { evaluate, expectClose } from "../../graph/check.test-helper.ts";
import { differentiate } from "../../graph/differentiate.ts";
import { crossEntropy } from "../../graph/neural.ts";
import type { Array64 } from "../../graph/reference.test-helper.ts";
import { input } from "../../graph/tensor.ts";
import { biasOf } from "../../model/forward.ts";
import { feedTokens } from "../../model/inputs.ts";
import { MERGED, trained, WRITTEN, writeOurs } from "../../model/lora.test-helper.ts";
import { type Adapter, loraEmbedding, loraInputs, loraLinear, loraShapes } from "../../model/lora.ts";
import { mergeLora } from "../../model/merge.ts";
import type { Checkpoint } from "../../model/state-dict.ts";
import { lmHead, plainEmbedding, plainLinear, transformer, weightInputs } from "../../model/transformer.ts";
import type { Weights } from "../../model/weights.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { FOLDER, readModel } from "./fixtures.test-helper.ts";
import { adapterBase, readAdapter } from "./peft.ts";
import { openSafetensors } from "./safetensors-file.ts";

const LORA = join(FOLDER, "lora");
interface Facts {
  readonly ids: readonly (readonly number[])[];
  readonly labels: readonly (readonly number[])[];
  readonly weights: readonly (readonly number[])[];
  readonly losses: Readonly<Record<string, number>>;
  readonly models: Readonly<Record<string, "tied" | "untied">>;
}
const facts = JSON.parse(readFileSync(join(LORA, "expected.json"), "utf8")) as Facts;
const written = Object.keys(WRITTEN) as (keyof typeof WRITTEN)[];
const byPeft = Object.keys(facts.models).filter((name) => !Object.hasOwn(WRITTEN, name));

let cpu: Engine;
const expected: Record<string, Array64> = {};
beforeAll(async () => {
  cpu = await openNodeEngine({ threads: 1 });
  await using file = await openSafetensors(join(LORA, "expected.safetensors"));
  for (const [name, { dims, read }] of Object.entries(file.tensors)) {
    expected[name] = { shape: dims, data: Float64Array.from(await read()) };
  }
});
afterAll(() => cpu.close());

const [batch, tokens] = [facts.ids.length, facts.ids[0]!.length];
const token = (id: number) => ({ id, place: { grid: 0, row: 0, column: 0, below: 0, right: 0 } });
const FEEDS = {
  ...feedTokens(
    facts.ids.map((row) => row.map(token)),
    "sequence",
    0,
  ),
  mask: {
    dims: [batch, 1, tokens, tokens],
    data: Uint8Array.from({ length: batch * tokens ** 2 }, (_, i) => +(i % tokens <= (i / tokens) % tokens)),
    bool: true,
  } satisfies HostTensor,
  labels: { dims: [batch * tokens], data: BigInt64Array.from(facts.labels.flat(), BigInt) },
  weights: { dims: [batch * tokens], data: Float32Array.from(facts.weights.flat()) },
};

/** The graph of the logits of the batch under causal attention, and what it is a function of. */
function logitsGraph({ config }: Checkpoint, adapter?: Adapter) {
  const all = adapter ? loraInputs(config, adapter.lora) : weightInputs(config);
  const linear = adapter ? loraLinear(plainLinear(all), all, adapter.lora) : plainLinear(all);
  const embedding = adapter ? loraEmbedding(plainEmbedding(all), all, adapter.lora) : plainEmbedding(all);
  const inputs = {
    ids: input("ids", [batch, tokens], "int64"),
    coordinates: input("coordinates", [batch, tokens, 1]),
    bias: biasOf(input("mask", [batch, 1, tokens, tokens], "bool")),
  };
  return {
    all,
    logits: lmHead(config, all, transformer(config, all, inputs, linear, embedding).hidden, linear),
  };
}

const feedsOf = (weights: Weights, names: readonly string[]) => {
  const { labels: _, weights: __, ...feeds } = FEEDS;
  return { ...feeds, ...Object.fromEntries(names.map((name) => [name, weights[name]!])) };
};

async function expectLogits(name: string, model: Checkpoint, adapter?: Adapter): Promise<void> {
  const { all, logits } = logitsGraph(model, adapter);
  const weights = { ...model.weights, ...adapter?.weights };
  const found = (await evaluate(cpu, { logits }, feedsOf(weights, Object.keys(all)))).logits!;
  const wanted = expected[`logits/${name}`]!;
  expectClose({ ...found, shape: wanted.shape }, wanted, 1e-5, `logits of ${name}`);
}

/** The adapter in a folder, with the model that it changes. */
async function open(name: string) {
  const model = await readModel(facts.models[name]!);
  const adapter = await readAdapter(join(LORA, name), model.config);
  return { adapter, model: adapterBase(model, adapter) };
}

describe("an adapter that peft wrote has peft's logits", () => {
  it.each(byPeft)("%s", async (name) => {
    const { model, adapter } = await open(name);
    expect(adapter.base).toBe(facts.models[name]);
    expect(model.config.tieWordEmbeddings).toBe(facts.models[name] === "tied" && !name.startsWith("apart"));
    await expectLogits(name, model, adapter);
  });

  it.each(byPeft)("%s, merged", async (name) => {
    const { model, adapter } = await open(name);
    await expectLogits(name, { ...model, weights: await mergeLora(cpu, model.weights, adapter) });
  });

  it("which are not those of the model alone", async () => {
    for (const name of byPeft) {
      const { model } = await open(name);
      await expect(expectLogits(name, model), name).rejects.toThrow(`logits of ${name}`);
    }
  });
});

describe("gradients of a step are peft's", () => {
  it.each(Object.keys(facts.losses))("%s", async (name) => {
    const { model, adapter } = await open(name);
    const { all, logits } = logitsGraph(model, adapter);
    const rows = batch * tokens;
    const loss = crossEntropy(logits, input("labels", [rows], "int64"), input("weights", [rows]));
    const names = Object.keys(loraShapes(model.config, adapter.lora));
    const gradients = differentiate(
      loss,
      names.map((trainable) => all[trainable]!),
    );
    const outputs = { loss, ...Object.fromEntries(names.map((trainable, i) => [trainable, gradients[i]!])) };
    const weights = { ...model.weights, ...adapter.weights };
    const { labels, weights: lossWeights } = FEEDS;
    const feeds = { ...feedsOf(weights, Object.keys(all)), labels, weights: lossWeights };
    // An output and an input cannot have one name.
    const renamed = Object.fromEntries(Object.entries(outputs).map(([key, value]) => [`out/${key}`, value]));
    const found = await evaluate(cpu, renamed, feeds);
    expect(found["out/loss"]!.data[0]).toBeCloseTo(facts.losses[name]!, 5);
    const prefix = `gradient/${name}/`;
    const wanted = Object.keys(expected).filter((key) => key.startsWith(prefix));
    expect(wanted.map((key) => key.slice(prefix.length)).sort()).toEqual([...names].sort());
    for (const key of wanted) {
      const trainable = key.slice(prefix.length);
      expectClose(found[`out/${trainable}`]!, expected[key]!, 2e-5, trainable);
    }
  });
});

describe("what we wrote", () => {
  it.each(written)("%s: peft opens it, with our logits", async (name) => {
    const { model, adapter } = await open(name);
    expect(adapter.lora).toEqual(WRITTEN[name][1]);
    expect(adapter.weights).toEqual(trained(model, WRITTEN[name][1]).weights);
    await expectLogits(name, model, adapter);
  });

  it.each(Object.keys(MERGED))("%s: transformers opens it, with the adapter's logits", async (name) => {
    const model = await readCheckpoint(join(LORA, name));
    await expectLogits(name, model);
    const from = MERGED[name as keyof typeof MERGED];
    expectClose(expected[`logits/${name}`]!, expected[`logits/${from}`]!, 1e-5, from);
  });

  it("is what we write now: adapters to the byte, merged weights as near as sums of float32 are", async () => {
    const folder = await mkdtemp(join(tmpdir(), "jigsaw-"));
    try {
      await writeOurs(cpu, FOLDER, facts.models, folder);
      for (const file of ["adapter_config.json", "adapter_model.safetensors"]) {
        for (const name of written) {
          const [now, then] = [folder, LORA].map((place) => readFileSync(join(place, name, file)));
          expect(now!.equals(then!), `${name}/${file}`).toBe(true);
        }
      }
      for (const name of Object.keys(MERGED)) {
        const [now, then] = await Promise.all(
          [folder, LORA].map((place) => readCheckpoint(join(place, name))),
        );
        expect(now!.config).toEqual(then!.config);
        for (const [weight, { dims, data }] of Object.entries(then!.weights)) {
          const array = { shape: dims, data: Float64Array.from(data) };
          const found = { shape: dims, data: Float64Array.from(now!.weights[weight]!.data) };
          expectClose(found, array, 1e-6, `${name}: ${weight}`);
        }
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
