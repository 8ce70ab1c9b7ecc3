// What `jigsaw train` and `jigsaw adapt` do once their flags are read: begin or resume a run, and show it.
import { type Command, Option } from "commander";
import * as z from "zod";
import { JigsawError } from "../core/errors.ts";
import { decoders } from "../decode/decoders/index.ts";
import { DEVICES, type Device } from "../engine/engine.ts";
import { openEngine } from "../engine/node/open.ts";
import { lockFolder } from "../files/lock.ts";
import { loadRun, runExists } from "../train/node/checkpoints.ts";
import { openData } from "../train/node/data.ts";
import { trainInFolder } from "../train/node/loop.ts";
import { newRun, type RunState } from "../train/node/start.ts";
import { type TrainSettings, trainSettings } from "../train/settings.ts";
import { EXIT, warn, withInterrupt } from "./harness.ts";
import { addOptions, checkOptions } from "./options.ts";
import { resumedSettings } from "./recipe.ts";
import { introduction, trainView } from "./train-view.ts";

/** What to try a model with that has learnt an objective. */
const decoderFor = (objective: string): string =>
  Object.values(decoders).find((decoder) => decoder.objective === objective)?.name ?? decoders.steps.name;

/** Settings by name, as far as they were given. */
export type Given = Readonly<Record<string, unknown>>;

export interface RunFlags {
  readonly out?: string;
  readonly resume?: boolean;
  readonly device: Device | "auto";
}

/** Adds the flags of a run, and those of its settings by group. */
export function addRunOptions(command: Command, groups: Readonly<Record<string, z.ZodRawShape>>): void {
  command
    .optionsGroup("Run:")
    .option("--out <folder>", "where the run is kept (default: runs/OBJECTIVE-DATE-TIME)")
    .option(
      "--resume",
      "go on from the newest checkpoint in --out, with its settings; only --steps and the settings under Saving and Machine can be given anew",
    );
  for (const [name, shape] of Object.entries(groups)) addOptions(command, z.object(shape), `${name}:`);
  command.addOption(
    new Option("--device <name>", "what computes: auto takes CUDA where it works, else the CPU")
      .choices(["auto", ...DEVICES])
      .default("auto")
      .helpGroup("Machine:"),
  );
}

/** @param verb the verb that was called, for what is suggested at the end */
export async function runTraining(verb: string, flags: RunFlags, given: Given): Promise<void> {
  const { folder, run } = flags.resume ? await resume(flags.out, given) : await begin(flags.out, given);
  const { device } = flags;
  const data = await openData(run.settings);
  const engine = await openEngine({ device, threads: run.settings.threads, worker: true });
  const deviceReason =
    device !== "auto" ? "as asked" : engine.device === "cpu" ? "no CUDA here" : "its provider works here";
  const view = trainView();
  for (const line of introduction({ run, folder, ...data, device: engine.device, deviceReason }))
    view.say(line);
  const onSignal = () => view.say("Stopping after this step. Again to stop at once, without a checkpoint.");
  try {
    await using _lock = await lockFolder(folder, view.say);
    const complete = await withInterrupt(
      (signal) =>
        trainInFolder(engine, run, { folder, dataset: data.dataset, onProgress: view.progress, signal }),
      { onSignal },
    );
    view.end();
    if (complete) {
      const decoder = decoderFor(run.settings.objective);
      view.say(`Done: the model is in ${folder}.`);
      view.say(`Now try: jigsaw solve PUZZLE.json --decoder ${decoder} --model ${folder}`);
    } else {
      view.say(`Stopped, with a checkpoint. To go on: jigsaw ${verb} --out ${folder} --resume`);
      process.exitCode = EXIT.interrupted;
    }
  } finally {
    await engine.close();
  }
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
  return { folder, run: await newRun(settings, warn) };
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
  if (!("step" in saved)) return { folder, run: await newRun(settings, warn) };
  if (saved.step > settings.steps) {
    throw new JigsawError(
      "bad-option",
      `--steps ${settings.steps}: the run in ${folder} has done ${saved.step} already`,
    );
  }
  return { folder, run: { ...saved, settings } };
}
