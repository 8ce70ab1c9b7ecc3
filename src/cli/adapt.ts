// jigsaw adapt --model Qwen/Qwen3-0.6B --objective masked-diffusion --out runs/adapted
import { Command } from "commander";
import * as z from "zod";
import { readConfig } from "../checkpoint/node/checkpoint.ts";
import { JigsawError } from "../core/errors.ts";
import { modelFolder, shippedModels } from "../load.ts";
import { settingGroups, trainSettings } from "../train/settings.ts";
import { checkOptions, typedOptions } from "./options.ts";
import { trainAliases } from "./train.ts";
import { addRunOptions, type Given, type RunFlags, runTraining } from "./training.ts";

/** The names that other tools have for our flags. */
export const adaptAliases = { ...trainAliases, "--model-name-or-path": "--model" };

const HELP = `
The model's vocabulary is cut down to what puzzles need (with a tokenizer and a vocabulary.json to match), its layers
are trained whole or, with --lora-rank, by low-rank updates, and what comes out is a checkpoint in Hugging Face's
layout, with model_type a2d-qwen3 where the model is Qwen3's. "jigsaw export --unprune" puts it back into the full
vocabulary. Learning rates are for small changes: a tiny model takes far higher ones (see jigsaw train).

From a typewriter, --shift (predictions stay at the token before) saves most of the way: in our own experiment more
than half of the training (docs/lab-notes.md). --anneal opens attention over the first steps instead of at once.

Examples:
  Qwen3-0.6B by LoRA, within 4 GB of memory:
    jigsaw pull Qwen/Qwen3-0.6B
    jigsaw adapt --model Qwen/Qwen3-0.6B --pattern prefix --lora-rank 32 --batch-size 1 --accumulate 8 --out runs/adapted

  The shipped typewriter, all weights, in a few minutes:
    jigsaw adapt --model typewriter-tiny --optimizer muon --learning-rate 3e-3 --batch-size 16 --steps 500 --out runs/tiny`;

interface Flags extends RunFlags {
  readonly model?: string;
}

/** The same setting with another default. */
const otherwise = <T extends z.ZodType>(field: z.ZodDefault<T>, value: z.output<T>) =>
  field
    .unwrap()
    .default(value as never)
    .describe(z.globalRegistry.get(field)?.description ?? "");

const { Data, Objective, Adapter, Optimisation, Saving, Machine } = settingGroups;

/** What differs from training a small model from nothing. */
const groups = {
  Model: {
    model: z
      .string()
      .optional()
      .describe("the model to start from: a folder, a shipped name or a pulled hub id"),
  },
  Data,
  Objective: {
    ...Objective,
    shift: z
      .boolean()
      .optional()
      .describe(
        "masked-diffusion: predict each token at the token before it (default: yes from a typewriter, else as the model does)",
      ),
  },
  Adapter,
  Optimisation: {
    ...Optimisation,
    batchSize: otherwise(Optimisation.batchSize, 4),
    optimizer: otherwise(Optimisation.optimizer, "adamw"),
    learningRate: otherwise(Optimisation.learningRate, 2e-4),
  },
  Saving,
  Machine,
};

const { Model: _, ...settings } = groups;
const adaptSettings = z.object(Object.assign({}, ...Object.values(settings)) as z.ZodRawShape);

export function adaptCommand(): Command {
  const command = new Command("adapt")
    .usage("--model MODEL [--out FOLDER] [settings]")
    .description(
      "Hacks diffusion into a typewriter: trains a Qwen3 checkpoint to fill in masked cells in any order, under the attention pattern that is asked for.",
    );
  addRunOptions(command, groups);
  return command.addHelpText("after", HELP).action(async ({ model, ...flags }: Flags) => {
    const given = typedOptions(trainSettings, { ...flags });
    await runTraining("adapt", flags, flags.resume ? given : await startFrom(model, given));
  });
}

/** The settings of a new run, with our own defaults, from a model that is named. */
async function startFrom(model: string | undefined, given: Given): Promise<Given> {
  if (model === undefined) {
    throw new JigsawError(
      "bad-option",
      "--model is needed: the model to adapt",
      `Name a folder, a pulled hub id such as Qwen/Qwen3-0.6B, or a shipped model: ${shippedModels().join(", ")}.`,
    );
  }
  const init = modelFolder(model);
  const { jigsaw } = await readConfig(init);
  const isTypewriter = jigsaw.objectives.includes("autoregressive");
  const shift = isTypewriter ? given.pattern !== "blocks" : jigsaw.shift;
  return { ...checkOptions(adaptSettings, { shift, ...given }), init };
}
