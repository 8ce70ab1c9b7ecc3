// jigsaw doctor: the devices and models that work here, their speed, and advice on missing ones.
import { arch, availableParallelism, cpus, freemem, platform, totalmem } from "node:os";
import { Command } from "commander";
import { readCheckpoint } from "../checkpoint/node/checkpoint.ts";
import { PROMPT_CACHE_BYTES } from "../decode/prompt-cache.ts";
import { DEVICES } from "../engine/engine.ts";
import { modelFolder, shippedModels, versions } from "../load.ts";
import { EXIT } from "./harness.ts";
import { short, stylesFor } from "./terminal.ts";
import { type DeviceReport, tryDevice } from "./try-device.ts";

/** Time for all that is tried on one device: a software GPU driver is slow enough to wait for ever. */
const SECONDS = 90;

interface ModelReport {
  readonly name: string;
  readonly objectives?: readonly string[];
  readonly weights?: number;
  readonly problem?: string;
}

async function modelReport(name: string): Promise<ModelReport> {
  try {
    const { config, weights } = await readCheckpoint(modelFolder(name));
    const total = Object.values(weights).reduce((sum, { data }) => sum + data.length, 0);
    return { name, objectives: config.jigsaw.objectives, weights: total };
  } catch (error) {
    return { name, problem: (error as Error).message };
  }
}

/** Everything that doctor finds. */
async function examine(seconds: number) {
  const devices: DeviceReport[] = [];
  // One after the other, as each measures speed.
  for (const device of DEVICES) devices.push(await tryDevice(device, seconds));
  return {
    versions: versions(),
    machine: {
      platform: platform(),
      arch: arch(),
      cpu: cpus()[0]?.model ?? "unknown",
      cores: availableParallelism(),
      memoryGiB: totalmem() / 2 ** 30,
      freeGiB: freemem() / 2 ** 30,
    },
    promptCacheMib: PROMPT_CACHE_BYTES / 2 ** 20,
    devices,
    models: await Promise.all(shippedModels().map(modelReport)),
  };
}

type Report = Awaited<ReturnType<typeof examine>>;

/** A problem in short: ONNX Runtime's messages begin with places in its source. */
function tidy(problem: string): string {
  const line = problem.split("\n")[0]!.replace(/^device "\w+" cannot be used here: /, "");
  return /Failed to .*/.exec(line)?.[0] ?? line;
}

function deviceLines({ device, works, gflops, forward, step, problem, advice }: DeviceReport): string[] {
  const { green, yellow } = stylesFor(process.stdout);
  const speeds = [
    gflops ? `${short(gflops)} GFLOP/s in matrix products` : "",
    forward ? `forward pass over ${forward.tokens} tokens ${short(forward.milliseconds)} ms` : "",
    step
      ? `training step on ${step.sequences} sequences of ${Math.round(step.tokens / step.sequences)} tokens ${short(step.milliseconds)} ms`
      : "",
  ].filter(Boolean);
  const lines = [...speeds, ...(problem ? [tidy(problem)] : []), ...(advice ? [advice] : [])];
  const title = `${device.padEnd(8)}${works ? green("works    ") : yellow("missing  ")}`;
  return lines.map((line, i) => (i === 0 ? title : " ".repeat(17)) + line);
}

function modelLine({ name, objectives, weights, problem }: ModelReport): string {
  return problem ? `${name}: ${problem}` : `${name}: ${objectives?.join(", ")}, ${short(weights!)} weights`;
}

function print({ versions, machine, promptCacheMib, devices, models }: Report): void {
  const { cpu, cores, memoryGiB, freeGiB } = machine;
  console.log(`jigsaw ${versions.jigsaw}, Node ${versions.node}, ONNX Runtime ${versions.onnxruntime}`);
  console.log(
    `${machine.platform} ${machine.arch}, ${cpu}, ${cores} cores, ${short(memoryGiB)} GiB of memory (${short(freeGiB)} free)\n`,
  );
  for (const device of devices) console.log(deviceLines(device).join("\n"));
  console.log("\nThe GPU providers, webgpu and cuda, are untested on hardware; --device chooses one.");
  console.log(`Encoded prompts are kept in up to ${promptCacheMib} MiB (solve, eval: --prompt-cache-mib).`);
  console.log(
    models.length
      ? `\nModels:\n${models.map((model) => `  ${modelLine(model)}`).join("\n")}`
      : '\nNo models are shipped in models/; "jigsaw train" makes one.',
  );
}

export const doctorCommand = (): Command =>
  new Command("doctor")
    .description(
      "Says what this machine can run, how fast, and what to do about what is missing. Each device is tried for real, " +
        `for at most ${SECONDS} seconds.`,
    )
    .option("--json", "print all that was found as JSON")
    .action(async ({ json }: { json?: boolean }) => {
      if (!json && process.stdout.isTTY) process.stderr.write("Trying devices...\n");
      const report = await examine(SECONDS);
      if (json) console.log(JSON.stringify(report, null, 2));
      else print(report);
      if (!report.devices.find(({ device }) => device === "cpu")?.works) process.exitCode = EXIT.failed;
    });
