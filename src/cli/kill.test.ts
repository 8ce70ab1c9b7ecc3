// Kills training with SIGKILL at random moments: JIGSAW_KILLS=20 npx vitest run src/cli/kill
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { random } from "../core/random.ts";
import { jigsaw, startJigsaw } from "./spawn.test-helper.ts";

const KILLS = Number(process.env.JIGSAW_KILLS ?? 3);
/** Other moments in every run; a failure names the seed that it can be tried again with, as far as clocks allow. */
const SEED = Number(process.env.JIGSAW_SEED ?? Date.now() % 1e6);

const settings = { steps: 40, saveSteps: 3, loggingSteps: 1, batchSize: 2, threads: 2, ema: 0.9 };
const model = { hiddenSize: 16, layers: 1, heads: 2, kvHeads: 1, headDim: 8, intermediateSize: 24 };
const flags = Object.entries({ ...settings, ...model }).map(([name, value]) => `--${name}=${value}`);
const hyphened = flags.map((flag) => flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));

const files = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true })).map(String).sort();

/** Trains in `folder`, with up to `kills` kills, until it is done. Resolves to how often it was killed. */
async function trainKilled(folder: string, kills: number, startup: number, training: number, seed: number) {
  let killed = 0;
  const draw = random("kill", seed);
  for (let begun = false; ; begun = existsSync(join(folder, "training_args.json"))) {
    const { child, ended, prints } = startJigsaw([
      "train",
      "--out",
      folder,
      ...(begun ? ["--resume"] : hyphened),
    ]);
    if (killed < kills) {
      if (draw.chance(0.8)) {
        await prints("step ");
        await sleep(draw.float() * training);
      } else await sleep(draw.float() * startup);
      child.kill("SIGKILL");
    }
    const { code, signal, stderr } = await ended;
    if (signal === null) {
      expect(stderr).toBe("");
      expect(code).toBe(0);
      return killed;
    }
    killed++;
  }
}

it(`training that is killed ${KILLS} times (seed ${SEED}) ends with the weights of a run that was not`, {
  timeout: 60_000 + KILLS * 20_000,
}, async () => {
  console.info(`JIGSAW_SEED=${SEED}`);
  const parent = await mkdtemp(join(tmpdir(), "jigsaw-kill-"));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const whole = join(parent, "unbroken");
  const began = performance.now();
  const { ended, prints } = startJigsaw(["train", "--out", whole, ...hyphened]);
  await prints("step ");
  const startup = performance.now() - began;
  expect(await ended).toMatchObject({ code: 0, stderr: "" });
  const training = performance.now() - began - startup;

  const results = [
    "model.safetensors",
    "checkpoint-40/optimizer.safetensors",
    "checkpoint-40/model.safetensors",
  ];
  for (let killed = 0, n = 0; killed < KILLS; n++) {
    const folder = join(parent, `killed-${n}`);
    killed += await trainKilled(folder, KILLS - killed, startup, training, SEED + n);
    for (const name of results) {
      const [a, b] = [await readFile(join(folder, name)), await readFile(join(whole, name))];
      expect(a.equals(b), `${name} is the unbroken run's`).toBe(true);
    }
    expect(await files(folder)).toEqual(await files(whole));
    const lines = (await readFile(join(folder, "metrics.jsonl"), "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).step)).toEqual([...Array(40).keys()].map((i) => i + 1));
  }
});

it("Ctrl-C saves a checkpoint, says how to go on, and ends with 130", { timeout: 60_000 }, async () => {
  const parent = await mkdtemp(join(tmpdir(), "jigsaw-interrupt-"));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const folder = join(parent, "run");
  const { child, ended, prints } = startJigsaw(["train", "--out", folder, ...hyphened, "--steps=100000"]);
  await prints("step ");
  child.kill("SIGINT");
  const { code, stdout } = await ended;
  expect(code).toBe(130);
  expect(stdout).toContain(`To go on: jigsaw train --out ${folder} --resume`);
  const [checkpoint] = (await readdir(folder)).filter((name) => name.startsWith("checkpoint-"));
  const steps = Number(checkpoint!.split("-")[1]);
  const resumed = await jigsaw(["train", "--out", folder, "--resume", `--steps=${steps + 3}`]);
  expect(resumed.code).toBe(0);
  expect(resumed.stdout).toContain(`after ${steps} step`);
});
