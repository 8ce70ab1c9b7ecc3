// jigsaw train --out runs/mine --steps 2000
import { Command, Option } from "commander";
import * as z from "zod";
import { DEVICES, type Device } from "../engine/engine.ts";
import { openEngine } from "../engine/open.ts";
import { JigsawError } from "../errors.ts";
import { loadRun, type RunState, runExists } from "../train/checkpoints.ts";
import { openData } from "../train/data.ts";
import { train } from "../train/loop.ts";
import { settingGroups, type TrainSettings, trainSettings } from "../train/settings.ts";
import { newRun } from "../train/start.ts";
import { modelFolder } from "./models.ts";
import { addOptions, checkOptions, typedOptions } from "./options.ts";
import { readRecipe, resumedSettings } from "./recipe.ts";
import { EXIT } from "./run.ts";
import { introduction, type TrainView, trainView } from "./train-view.ts";

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

type Given = Readonly<Record<string, unknown>>;

interface Flags {
  readonly out?: string;
  readonly resume?: boolean;
  readonly recipe?: string;
  readonly device: Device | "auto";
}

export function trainCommand(): Command {
  const command = new Command("train")
    .usage("[--out FOLDER] [--recipe FILE] [settings]")
    .description(
      "Trains a Qwen3-shaped model on ARC puzzles: to fill in masked cells in any order, or to write answers from " +
        "left to right. Without any flag it trains a small one on easy procedural puzzles.",
    )
    .optionsGroup("Run:")
    .option("--out <folder>", "where the run is kept (default: runs/OBJECTIVE-DATE-TIME)")
    .option(
      "--resume",
      "go on from the newest checkpoint in --out, with its settings; only --steps, the settings under Saving and --threads can be given anew",
    )
    .option("--recipe <file>", "JSON with settings by name (batchSize, ...); flags go before it");
  for (const [name, shape] of Object.entries(settingGroups)) {
    addOptions(command, z.object(shape), `${name}:`);
  }
  command.addOption(
    new Option("--device <name>", "what computes: auto takes CUDA where it works, else the CPU")
      .choices(["auto", ...DEVICES])
      .default("auto")
      .helpGroup("Machine:"),
  );
  return command.addHelpText("after", HELP).action(trainAction);
}

async function trainAction(flags: Flags): Promise<void> {
  const given = await readGiven(flags);
  const { folder, run } = flags.resume ? await resume(flags.out, given) : await begin(flags.out, given);
  const { device } = flags;
  const data = await openData(run.settings);
  const engine = await openEngine({ device, threads: run.settings.threads, worker: true });
  const deviceReason =
    device !== "auto" ? "as asked" : engine.device === "cpu" ? "no CUDA here" : "its provider works here";
  const view = trainView();
  for (const line of introduction({ run, folder, ...data, device: engine.device, deviceReason }))
    view.say(line);
  const interruption = interruptible(view);
  try {
    const complete = await train(engine, run, {
      folder,
      stream: data.stream,
      onProgress: view.progress,
      signal: interruption.signal,
    });
    view.end();
    if (complete) {
      const decoder = run.settings.objective === "autoregressive" ? "greedy" : "steps";
      view.say(`Done: the model is in ${folder}.`);
      view.say(`Now try: jigsaw solve PUZZLE.json --decoder ${decoder} --model ${folder}`);
    } else {
      view.say(`Stopped, with a checkpoint. To go on: jigsaw train --out ${folder} --resume`);
      process.exitCode = EXIT.interrupted;
    }
  } finally {
    interruption.end();
    await engine.close();
  }
}

/** The settings of the recipe and, before it, of the flags; what is in neither is left out. */
async function readGiven(flags: Flags): Promise<Given> {
  const given = {
    ...(flags.recipe ? await readRecipe(flags.recipe) : {}),
    ...typedOptions(trainSettings, { ...flags }),
  };
  return typeof given.init === "string" ? { ...given, init: modelFolder(given.init) } : given;
}

/** A new run. Refuses a folder in which something is already. */
async function begin(out: string | undefined, given: Given): Promise<{ folder: string; run: RunState }> {
  const settings: TrainSettings = checkOptions(trainSettings, given);
  const now = new Date().toISOString().slice(0, 19).replaceAll(":", "").replace("T", "-");
  const folder = out ?? `runs/${settings.objective}-${now}`;
  if (await runExists(folder)) {
    throw new JigsawError(
      "bad-option",
      `${folder} is not empty`,
      `Add --resume to go on with the run in it, or name another --out.`,
    );
  }
  return { folder, run: await newRun(settings) };
}

/** The run in a folder, after its newest checkpoint. */
async function resume(folder: string | undefined, given: Given): Promise<{ folder: string; run: RunState }> {
  if (!folder)
    throw new JigsawError("bad-option", "--resume needs --out, the folder of the run to go on with");
  const saved = await loadRun(folder);
  if (!saved) {
    throw new JigsawError("not-found", `${folder} holds no run to resume`, "Start one without --resume.");
  }
  const settings = resumedSettings(saved.settings, given);
  if (!("step" in saved)) return { folder, run: await newRun(settings) };
  if (saved.step > settings.steps) {
    throw new JigsawError(
      "bad-option",
      `--steps ${settings.steps}: the run in ${folder} has done ${saved.step} already`,
    );
  }
  return { folder, run: { ...saved, settings } };
}

/** A signal that the first Ctrl-C (or SIGTERM) sets; the second ends the process at once. */
function interruptible(view: TrainView) {
  const controller = new AbortController();
  const signals = ["SIGINT", "SIGTERM"] as const;
  const end = () => {
    for (const signal of signals) process.off(signal, stop);
  };
  const stop = () => {
    controller.abort();
    end();
    view.say("Stopping after this step. Again to stop at once, without a checkpoint.");
  };
  for (const signal of signals) process.on(signal, stop);
  return { signal: controller.signal, end };
}
