import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { readCheckpoint, writeCheckpoint } from "../checkpoint/node/checkpoint.ts";
import { writeSafetensors } from "../checkpoint/node/safetensors-file.ts";
import { gitSha1, startHub } from "../hub/testing/hub-server.ts";
import { modelFolder } from "../load.ts";
import { initialWeights } from "../model/initialize.ts";
import { tinyConfig } from "../model/tiny.test-helper.ts";
import { runHere } from "./here.test-helper.ts";
import { startJigsaw } from "./spawn.test-helper.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "jigsaw-pull-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** The files of a small model in two shards. */
async function shardedModel() {
  const config = tinyConfig();
  const weights = initialWeights(config, 1);
  const folder = await temporary();
  await writeCheckpoint(folder, config, weights);
  await rm(join(folder, "model.safetensors"));
  const names = Object.keys(weights);
  const half = names.length >> 1;
  const map: Record<string, string> = {};
  for (const [i, part] of [names.slice(0, half), names.slice(half)].entries()) {
    const file = `model-0000${i + 1}-of-00002.safetensors`;
    await writeSafetensors(
      join(folder, file),
      Object.fromEntries(part.map((name) => [name, weights[name]!])),
    );
    for (const name of part) map[name] = file;
  }
  await writeFile(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map: map }));
  const files: Record<string, Buffer> = {};
  for (const name of await readdir(folder)) files[name] = await readFile(join(folder, name));
  return { files, config, weights };
}

/** A hub with the model, and the environment of a user with an empty cache. */
async function place() {
  const made = await shardedModel();
  const hub = await startHub({ "org/tiny": { commit: COMMIT, files: made.files } });
  onTestFinished(hub.close);
  const home = await temporary();
  const env = { HF_HOME: home, HF_ENDPOINT: hub.url, HF_HUB_CACHE: "", HF_TOKEN: "" };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return { ...made, hub, home, env, snapshot: join(home, "hub/models--org--tiny/snapshots", COMMIT) };
}

describe("jigsaw pull", () => {
  it("prints the folder, which opens as a model under its id", async () => {
    const { snapshot, config, weights } = await place();
    expect(() => modelFolder("org/tiny")).toThrow('no model "org/tiny"');
    const { code, out, err } = await runHere("pull", "org/tiny");
    expect([code, out]).toEqual([0, `${snapshot}\n`]);
    expect(err).toMatch(/^config\.json: \d+ B$/m);
    expect(err).toMatch(/^5 files, [\d.]+ kB fetched at .*\/s, all checked$/m);
    expect(modelFolder("org/tiny")).toBe(snapshot);
    const read = await readCheckpoint(modelFolder("org/tiny"));
    expect(read.config).toEqual(config);
    for (const [name, { data }] of Object.entries(weights))
      expect(Buffer.from(read.weights[name]!.data.buffer).equals(Buffer.from(data.buffer)), name).toBe(true);
    expect(await runHere("pull", "org/tiny")).toMatchObject({
      out: `${snapshot}\n`,
      err: "All there already.\n",
    });
  });

  it("is named where a model is asked for that is not there", async () => {
    await place();
    const { code, err } = await runHere("train", "--init", "org/none");
    expect(code).toBe(2);
    expect(err).toContain('"jigsaw pull org/none"');
    expect((await runHere("train", "--init", "none")).err).not.toContain("jigsaw pull");
  });

  it("ends with 2 and one message when it cannot", async () => {
    await place();
    const { code, out, err } = await runHere("pull", "org/tiny@v9");
    expect([code, out]).toEqual([2, ""]);
    expect(err).toBe(
      'error: org/tiny has no revision "v9"\nA revision is a branch, a tag or a whole commit hash.\n',
    );
  });

  it("stops at Ctrl-C with 130, and goes on when called again", { timeout: 30_000 }, async () => {
    const { hub, env, snapshot, files } = await place();
    hub.faults.rate = 10_000;
    const first = startJigsaw(["pull", "org/tiny"], env);
    await vi.waitUntil(() => hub.seen.store.length > 0, { timeout: 20_000 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    first.child.kill("SIGINT");
    const { code, stdout, stderr } = await first.ended;
    expect([code, stdout]).toEqual([130, ""]);
    expect(stderr).toContain("error: stopped\nThe same command goes on from here.\n");
    hub.faults.rate = 1e8;
    expect((await runHere("pull", "org/tiny")).out).toBe(`${snapshot}\n`);
    expect(hub.seen.store[1]!.headers.range).toMatch(/^bytes=\d+-$/);
    expect(gitSha1(await readFile(join(snapshot, "config.json")))).toBe(gitSha1(files["config.json"]!));
  });
});
