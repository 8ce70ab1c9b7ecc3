import { describe, expect, it } from "vitest";
import { random } from "../core/random.ts";
import type { HostTensor } from "../engine/engine.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { maskedDiffusion } from "../objectives/masked-diffusion.ts";
import { objectiveOptions } from "../objectives/objective.ts";
import { patterns } from "../sequence/attention-patterns.ts";
import { type Annealing, packBatch, totalWeight } from "./batch.ts";

const options = objectiveOptions(maskedDiffusion, {
  pattern: "prefix",
  fullMask: 0.3,
  sizeWeight: 1,
  copies: 2,
});
const examples = [0, 1, 2].map((i) =>
  maskedDiffusion.example(randomTask(`anneal ${i}`, 2), 0.5, random("anneal", i), options),
);

function maskWith(annealing?: Annealing) {
  const feeds = packBatch(examples, tinyConfig(), patterns.prefix, totalWeight(examples), { annealing });
  const { data, dims } = feeds.mask as HostTensor;
  return { mask: data as Uint8Array, length: dims[3]! };
}

const open = maskWith();
/** The index of the query and the key of an entry of the mask. */
const pairOf = (i: number) => [Math.floor(i / open.length) % open.length, i % open.length] as const;

describe("attention that opens from causal", () => {
  it("hides everything later at first, and nothing else ever", () => {
    const { mask } = maskWith({ share: 0, random: random("x") });
    for (const [i, visible] of open.mask.entries()) {
      const [query, key] = pairOf(i);
      expect(mask[i]).toBe(key > query ? 0 : visible);
    }
  });

  it("shows about the share of what is later that it is told to, the same for the same key", () => {
    const draw = () => maskWith({ share: 0.3, random: random("share") }).mask;
    const mask = draw();
    expect(draw()).toEqual(mask);
    let [later, shown] = [0, 0];
    for (const [i, visible] of open.mask.entries()) {
      const [query, key] = pairOf(i);
      if (key <= query || !visible) expect(mask[i]).toBe(visible);
      else {
        later++;
        shown += mask[i]!;
      }
    }
    expect(later).toBeGreaterThan(1000);
    expect(shown / later).toBeCloseTo(0.3, 1);
  });
});
