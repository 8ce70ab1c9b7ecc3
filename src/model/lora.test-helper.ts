// Adapters of ours for the fixtures; tools/fixtures/write_lora.ts writes them, for peft to open.
import { join } from "node:path";
import { readCheckpoint, writeCheckpoint } from "../checkpoint/node/checkpoint.ts";
import { adapterBase, readAdapter, writeAdapter } from "../checkpoint/node/peft.ts";
import { random } from "../core/random.ts";
import type { Engine } from "../engine/engine.ts";
import { type Adapter, ALL_LINEAR, initialLora, type LoraConfig } from "./lora.ts";
import { mergedStateDict } from "./merge.ts";
import type { Checkpoint } from "./state-dict.ts";

export const lora = (changes: Partial<LoraConfig> = {}): LoraConfig => ({
  rank: 2,
  alpha: 4,
  rsLora: false,
  targets: ALL_LINEAR,
  modulesToSave: [],
  rankPattern: {},
  alphaPattern: {},
  dropout: 0,
  ...changes,
});

/** An adapter as after some training: no factor is zero, and what is trained whole is not the base's. */
export function trained({ config, weights }: Checkpoint, adapter: LoraConfig, seed = 1): Adapter {
  const moved = Object.entries(initialLora(config, adapter, seed, weights)).map(([name, { dims, data }]) => {
    const { normal } = random("trained", seed, name);
    return [name, { dims, data: data.map((value) => value + 0.2 * normal()) }] as const;
  });
  return { lora: adapter, weights: Object.fromEntries(moved) };
}

/** What we write, by the name of its folder: the model that it is trained on, and its configuration. */
export const WRITTEN = {
  written: [
    "untied",
    lora({
      rsLora: true,
      targets: [...ALL_LINEAR, "embed_tokens"],
      modulesToSave: ["lm_head"],
      rankPattern: { "layers\\.1\\.self_attn\\.q_proj": 3 },
      alphaPattern: { "down_proj|embed_tokens": 5 },
    }),
  ],
  "written-tied": ["tied", lora({ targets: ["v_proj", "embed_tokens"] })],
  "written-tied-saved": ["tied", lora({ targets: ["v_proj"], modulesToSave: ["embed_tokens"] })],
} as const;

/** The adapters that are merged into their models, by the name of the merged checkpoint. */
export const MERGED = { merged: "patterns", "merged-apart": "apart-embedding" };

/** Writes all of it into the folder `lora` beside the models. */
export async function writeOurs(
  engine: Engine,
  root: string,
  models: Readonly<Record<string, "tied" | "untied">>,
  to = join(root, "lora"),
): Promise<void> {
  for (const [name, [kind, config]] of Object.entries(WRITTEN)) {
    const model = await readCheckpoint(join(root, kind));
    await writeAdapter(join(to, name), model.config, trained(model, config), { base: kind });
  }
  for (const [name, from] of Object.entries(MERGED)) {
    const model = await readCheckpoint(join(root, models[from]!));
    const adapter = await readAdapter(join(root, "lora", from), model.config);
    const base = adapterBase(model, adapter);
    await using merged = await mergedStateDict(engine, base.weights, adapter);
    await writeCheckpoint(join(to, name), base.config, merged.weights);
  }
}
