/** What pages do, on onnxruntime-web's wasm: open the shipped model's bundle and decode as the Node engine does. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as ort from "onnxruntime-web";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeBundle } from "./checkpoint/node/bundle-file.ts";
import { readCheckpoint } from "./checkpoint/node/checkpoint.ts";
import { decodeAll, expectSame } from "./decode/tiny.test-helper.ts";
import { openNodeEngine } from "./engine/node/sessions.ts";
import { openModel } from "./model/model.ts";
import {
  decoders,
  type Engine,
  type Fetch,
  families,
  generatePuzzle,
  type Model,
  openBundle,
  openWebEngine,
  solveTest,
} from "./web.ts";

const shipped = fileURLToPath(new URL("../models/jigsaw-tiny", import.meta.url));

/** Files of a folder as if they were served; `change` stands between. */
const served =
  (
    folder: string,
    change: (name: string, bytes: Uint8Array) => Uint8Array | undefined = (_, b) => b,
  ): Fetch =>
  async (url) => {
    const name = url.split("/").at(-1)!;
    const bytes = change(name, new Uint8Array(await readFile(join(folder, name))));
    return {
      ok: bytes !== undefined,
      status: bytes ? 200 : 404,
      arrayBuffer: async () => (bytes ?? new Uint8Array()).slice().buffer,
    };
  };

let root: string;
let engine: Engine;
const bundle = (name: string) => join(root, name);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "jigsaw-web-"));
  engine = await openWebEngine({ ort, threads: 1 });
  const source = await readCheckpoint(shipped);
  // Files smaller than some tensors, which then lie in several.
  await writeBundle(bundle("float32"), source, { writtenBy: "test", fileBytes: 100_000 });
  await writeBundle(bundle("float16"), source, { writtenBy: "test", dtype: "float16" });
});
afterAll(async () => {
  await engine.close();
  await rm(root, { recursive: true });
});

const open = (name: string, change?: Parameters<typeof served>[1]): Promise<Model> =>
  openBundle("https://models.example/tiny", engine, { fetch: served(bundle(name), change) });

const easy = (name: string) => generatePuzzle(families[name as keyof typeof families], "easy", 2026, 0);
const tasks = ["logic", "space-out"].map(easy);

describe("a bundle", () => {
  it("decodes in wasm as the checkpoint does in Node", async () => {
    const here = await openNodeEngine({ threads: 1 });
    const { config, weights } = await readCheckpoint(shipped);
    const [model, other] = [await open("float32"), openModel(here, config, weights)];
    expect(model.config).toEqual(config);
    let compared = 0;
    for (const task of tasks) {
      const [a, b] = [
        await decodeAll(decoders.steps, model, task),
        await decodeAll(decoders.steps, other, task),
      ];
      compared += Number(expectSame(a, b));
    }
    expect(compared).toBeGreaterThan(0);
    await model.close();
    await here.close();
  });

  it("of float16 is half as big and solves puzzles", async () => {
    const model = await open("float16");
    let right = 0;
    for (const task of tasks) {
      const solving = solveTest(model, { decoder: decoders.steps }, task, 0);
      right += Number(
        (await solving.result).attempts.some((a) => String(a) === String(task.test[0]!.output)),
      );
    }
    expect(right).toBeGreaterThan(0);
    await model.close();
    const size = async (name: string) => {
      const { files } = JSON.parse(await readFile(join(bundle(name), "manifest.json"), "utf8"));
      return files.reduce((sum: number, { bytes }: { bytes: number }) => sum + bytes, 0);
    };
    expect(2 * (await size("float16"))).toBe(await size("float32"));
  });

  it("tells how far it is, and stops when it is told to", async () => {
    const seen: number[][] = [];
    const fetch = served(bundle("float32"));
    const model = await openBundle(new URL("https://models.example/tiny/"), engine, {
      fetch,
      onProgress: (...progress) => seen.push(progress),
    });
    await model.close();
    expect(seen.length).toBeGreaterThan(10);
    expect(seen.at(-1)![0]).toBe(seen.at(-1)![1]);
    const stop = new AbortController();
    const stopping: Fetch = async (url, init) => {
      if (url.endsWith(".bin")) stop.abort(new Error("enough"));
      init?.signal?.throwIfAborted();
      return fetch(url);
    };
    await expect(openBundle("x:/tiny", engine, { fetch: stopping, signal: stop.signal })).rejects.toThrow(
      "enough",
    );
  });

  const flipped = (bytes: Uint8Array) => bytes.map((byte, i) => (i === 1234 ? byte ^ 1 : byte));
  const edited =
    (edit: (manifest: Record<string, never>) => unknown) => (name: string, bytes: Uint8Array) => {
      if (name !== "manifest.json") return bytes;
      const json = JSON.parse(new TextDecoder().decode(bytes));
      return new TextEncoder().encode(JSON.stringify(edit(json) ?? json));
    };
  type Tensors = { tensors: Record<string, unknown>[]; files: Record<string, unknown>[] };
  const tensor = (change: Record<string, unknown>) =>
    edited((json) => void Object.assign((json as unknown as Tensors).tensors[3]!, change));
  const file = (change: Record<string, unknown>) =>
    edited((json) => void Object.assign((json as unknown as Tensors).files[0]!, change));
  const only =
    (name: string, change: (bytes: Uint8Array) => Uint8Array | undefined) =>
    (asked: string, bytes: Uint8Array) =>
      asked === name ? change(bytes) : bytes;
  const weights = "weights-00001.bin";
  it.each([
    ["a changed byte", only(weights, flipped), `${weights}: is damaged: its SHA-256 is`],
    ["a file cut off", only(weights, (bytes) => bytes.slice(0, -4)), `${weights}: has `],
    ["a file that is longer", only(weights, (bytes) => new Uint8Array(bytes.length + 2)), `${weights}: has `],
    ["a file that is not there", only(weights, () => undefined), "status 404"],
    ["another version", edited((json) => ({ ...json, version: 2 })), "has version 2, this release reads 1"],
    ["another format", edited(() => ({ hello: 1 })), "is no jigsaw-bundle"],
    ["a manifest cut off", only("manifest.json", (bytes) => bytes.slice(0, 99)), "is not JSON"],
    ["a path for a file", file({ name: "../secret.bin" }), "files.0.name: must be a plain file name"],
    ["a tensor elsewhere", tensor({ file: "gone.bin" }), "lies outside its file"],
    ["a tensor beyond the end", tensor({ offset: 2 ** 40 }), "lies outside its file"],
    ["a tensor of another shape", tensor({ shape: [1] }), "has shape [1], expected"],
    ["a tensor of another size", tensor({ bytes: 8 }), "lies outside its file or has another size"],
    ["a tensor twice", tensor({ name: "model.norm.weight" }), "names a tensor twice"],
    ["a tensor less", edited((json) => ({ ...json, tensors: [] })), "has no tensor"],
    ["a wrong configuration", edited((json) => ({ ...json, config: { model_type: "llama" } })), "config"],
  ])("is refused with %s", async (_, change, message) => {
    const opening = open("float16", change);
    await expect(opening).rejects.toMatchObject({
      name: "JigsawError",
      message: expect.stringContaining(message),
    });
  });
});
