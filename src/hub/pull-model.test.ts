import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, readlink, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { cachedModelFolder } from "./cache.ts";
import type { Progress } from "./pull-model.ts";
import { type FakeModel, gitSha1, sha256, TOKEN } from "./testing/hub-server.ts";
import { COMMIT, CONFIG, model, place, WEIGHTS } from "./testing/place.ts";

const WANTED = ["README.md", "config.json", "merges.txt", "model.safetensors", "tokenizer.json"];

const files = async (folder: string) => (await readdir(folder)).sort();

describe("pullModel", () => {
  it("lays the cache out as huggingface_hub does, and fetches only what is used", async () => {
    const { pull, repo, env } = await place();
    const { folder, fetched } = await pull();
    expect(folder).toBe(join(repo, "snapshots", COMMIT));
    expect(await files(folder)).toEqual(WANTED);
    expect(await readlink(join(folder, "model.safetensors"))).toBe(`../../blobs/${sha256(WEIGHTS)}`);
    expect(await readlink(join(folder, "config.json"))).toBe(`../../blobs/${gitSha1(CONFIG)}`);
    expect(WEIGHTS.equals(await readFile(join(folder, "model.safetensors")))).toBe(true);
    expect(await readFile(join(repo, "refs/main"), "utf8")).toBe(COMMIT);
    expect(await files(join(repo, "blobs"))).toHaveLength(WANTED.length);
    expect(fetched).toBe(WEIGHTS.length + CONFIG.length + 2 + 3 + 6);
    expect(cachedModelFolder("org/tiny", env)).toBe(folder);
  });

  it("tells its progress, which ends with everything there", async () => {
    const { pull } = await place();
    const heard: Progress[] = [];
    await pull("org/tiny", { onProgress: (progress) => heard.push(progress) });
    expect(heard.map(({ done }) => done)).toEqual(heard.map(({ done }) => done).sort((a, b) => a - b));
    expect(heard.at(-1)).toMatchObject({ file: "config.json", done: heard[0]!.total });
    expect(new Set(heard.map(({ file }) => file))).toEqual(new Set(WANTED));
  });

  it("fetches nothing twice", async () => {
    const { pull, hub } = await place();
    await pull();
    const asked = hub.seen.hub.length;
    expect((await pull()).fetched).toBe(0);
    expect(hub.seen.hub.slice(asked).filter(({ url }) => url.includes("/resolve/"))).toEqual([]);
  });

  it("shares what two revisions have in common", async () => {
    const { pull, repo, hub } = await place();
    await pull();
    await pull("org/tiny@v1");
    await pull("org/tiny@refs/pr/1");
    await pull(`org/tiny@${COMMIT}`);
    expect(await readFile(join(repo, "refs/refs/pr/1"), "utf8")).toBe(COMMIT);
    expect(await files(join(repo, "refs"))).toEqual(["main", "refs", "v1"]);
    expect(hub.seen.store).toHaveLength(1);
  });

  it("goes on with a file that was cut off, in the next call", async () => {
    const { pull, hub, env, incomplete } = await place();
    hub.faults.cuts.set("/model.safetensors", 100_000);
    await expect(pull()).rejects.toMatchObject({ code: "network" });
    const { size } = await stat(incomplete);
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThanOrEqual(100_000);
    expect(cachedModelFolder("org/tiny", env)).toBeUndefined();
    const { folder, fetched } = await pull();
    expect(hub.seen.store.map(({ headers }) => headers.range)).toEqual([undefined, `bytes=${size}-`]);
    expect(WEIGHTS.equals(await readFile(join(folder, "model.safetensors")))).toBe(true);
    expect(fetched).toBe(WEIGHTS.length - size + CONFIG.length);
    expect(existsSync(incomplete)).toBe(false);
  });

  it("goes on after cuts in the same call, as long as something comes", async () => {
    const { pull, hub } = await place();
    hub.faults.cuts.set("/model.safetensors", 100_000).set("model.safetensors", 50_000);
    const { folder } = await pull("org/tiny", { retries: 1 });
    expect(hub.seen.store).toHaveLength(3);
    expect(WEIGHTS.equals(await readFile(join(folder, "model.safetensors")))).toBe(true);
  });

  it("begins again where the server cannot go on", async () => {
    const { pull, hub } = await place();
    hub.faults.ranges = false;
    hub.faults.cuts.set("/model.safetensors", 100_000);
    const { folder } = await pull("org/tiny", { retries: 1 });
    expect(hub.seen.store[1]!.headers.range).toMatch(/^bytes=\d+-$/);
    expect(WEIGHTS.equals(await readFile(join(folder, "model.safetensors")))).toBe(true);
  });

  it("can be stopped, and goes on", async () => {
    const { pull, hub, incomplete } = await place();
    hub.faults.rate = 1_000_000;
    const stopper = new AbortController();
    const onProgress = ({ file, fileDone }: Progress) => {
      if (file === "model.safetensors" && fileDone > 50_000) stopper.abort();
    };
    const stopped = pull("org/tiny", { signal: stopper.signal, onProgress, retries: 3 });
    await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
    expect((await stat(incomplete)).size).toBeGreaterThan(50_000);
    hub.faults.rate = 100_000_000;
    await pull();
    expect(hub.seen.store[1]!.headers.range).toBeDefined();
  });

  it.each(["model.safetensors", "config.json"])("refuses a damaged byte of %s", async (name) => {
    const { pull, hub, repo, env } = await place();
    hub.faults.damaged.add(name);
    const message = expect.stringMatching(
      new RegExp(`^${name}: the download is damaged: [0-9a-f]+, expected [0-9a-f]+$`),
    );
    await expect(pull()).rejects.toMatchObject({ code: "io", message });
    expect((await files(join(repo, "blobs"))).filter((blob) => blob.endsWith(".incomplete"))).toEqual([]);
    expect(cachedModelFolder("org/tiny", env)).toBeUndefined();
    hub.faults.damaged.clear();
    await pull();
  });

  it("refuses what was begun with other bytes, and then begins again", async () => {
    const { pull, incomplete } = await place();
    await mkdir(dirname(incomplete), { recursive: true });
    await writeFile(incomplete, Buffer.alloc(1000, "x"));
    await expect(pull()).rejects.toMatchObject({ message: expect.stringContaining("is damaged") });
    await writeFile(incomplete, Buffer.alloc(WEIGHTS.length + 1));
    const { folder } = await pull();
    expect(WEIGHTS.equals(await readFile(join(folder, "model.safetensors")))).toBe(true);
  });

  it("keeps the old snapshot current until a new one is whole", async () => {
    const next = { ...model, commit: COMMIT.replace("0", "f"), files: { ...model.files } };
    next.files["model.safetensors"] = Buffer.alloc(300_000, "others ");
    const models: Record<string, FakeModel> = { "org/tiny": model };
    const { pull, hub, env } = await place(models);
    const old = await pull();
    models["org/tiny"] = next;
    hub.faults.cuts.set("/model.safetensors", 1000);
    await expect(pull()).rejects.toMatchObject({ code: "network" });
    expect(cachedModelFolder("org/tiny", env)).toBe(old.folder);
    const { folder } = await pull();
    expect(folder).not.toBe(old.folder);
    expect(cachedModelFolder("org/tiny", env)).toBe(folder);
    expect(cachedModelFolder(`org/tiny@${COMMIT}`, env)).toBe(old.folder);
  });
});

describe("pullModel's token", () => {
  const secret = { "org/tiny": { ...model, access: "private" } as const };

  it("is sent to the hub, and not to where it redirects", async () => {
    const { pull, hub } = await place(secret);
    await pull("org/tiny", { env: { HF_TOKEN: TOKEN } });
    expect(hub.seen.hub.map(({ headers }) => headers.authorization)).not.toContain(undefined);
    expect(hub.seen.store.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it("may stand in the file that hf auth login writes", async () => {
    const { pull, home } = await place(secret);
    await writeFile(join(home, "token"), `${TOKEN}\n`);
    await pull();
  });
});

describe("pullModel offline", () => {
  it("finds what is there", async () => {
    const { pull, hub } = await place();
    const { folder } = await pull();
    const asked = hub.seen.hub.length;
    expect(await pull("org/tiny", { env: { HF_HUB_OFFLINE: "true" } })).toMatchObject({ folder, fetched: 0 });
    expect(hub.seen.hub).toHaveLength(asked);
  });
});
