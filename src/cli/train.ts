// jigsaw train --out runs/mine --steps 2000
import { Command } from "commander";
import { modelFolder } from "../load.ts";
import { settingGroups, trainSettings } from "../train/settings.ts";
import { typedOptions } from "./options.ts";
import { readRecipe } from "./recipe.ts";
import { addRunOptions, type Given, type RunFlags, runTraining } from "./training.ts";

/** The names that Hugging Face's trainer has for our flags. */
export const trainAliases = {
  "--output-dir": "--out",
  "--max-steps": "--steps",
  "--per-device-train-batch-size": "--batch-size",
  "--gradient-accumulation-steps": "--accumulate",
  "--lr-scheduler-type": "--schedule",
  "--warmup-ratio": "--warmup",
  "--optim": "--optimizer",
  "--model-name-or-path": "--init",
};

const HELP = `
A run's folder holds checkpoint-<step>/ (all that --resume needs), metrics.jsonl (loss, gradient norm, rates),
training_args.json (the settings; it can serve as a --recipe) and, at the end, the model: config.json and
model.safetensors in Hugging Face's layout, for "jigsaw solve --model FOLDER". Ctrl-C saves a checkpoint and stops.
Hyphens and underscores in flags are the same, and Hugging Face's names work too (--output_dir, --max_steps, ...).

Examples:
  A small model that fills in easy puzzles, in about ten minutes on two cores:
    jigsaw train --out runs/first --steps 500

  A typewriter on your own tasks and their views, continued after a stop:
    jigsaw train --out runs/mine --objective autoregressive --data my-tasks/ --augment --max-tokens 3000
    jigsaw train --out runs/mine --resume`;

interface Flags extends RunFlags {
  readonly recipe?: string;
}

export function trainCommand(): Command {
  const command = new Command("train")
    .usage("[--out FOLDER] [--recipe FILE] [settings]")
    .description(
      "Trains a Qwen3-shaped model on ARC puzzles: to fill in masked cells in any order, or to write answers from " +
        "left to right. Without any flag it trains a small one on easy procedural puzzles.",
    )
    .optionsGroup("Run:")
    .option("--recipe <file>", "JSON with settings by name (batchSize, ...); flags go before it");
  addRunOptions(command, settingGroups);
  return command
    .addHelpText("after", HELP)
    .action(async (flags: Flags) => runTraining("train", flags, await readGiven(flags)));
}

/** The settings of the recipe and, before it, of the flags; what is in neither is left out. */
async function readGiven(flags: Flags): Promise<Given> {
  const given = {
    ...(flags.recipe ? await readRecipe(flags.recipe) : {}),
    ...typedOptions(trainSettings, { ...flags }),
  };
  return typeof given.init === "string" ? { ...given, init: modelFolder(given.init) } : given;
}
