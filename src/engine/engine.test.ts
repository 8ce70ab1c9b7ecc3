/** The engine, in this thread and in a worker: the same face, the same numbers, the same errors. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JigsawError } from "../core/errors.ts";
import { random } from "../core/random.ts";
import { add, mul } from "../graph/elementwise.ts";
import { matmul } from "../graph/linear.ts";
import { softmax } from "../graph/neural.ts";
import { toOnnx } from "../graph/onnx.ts";
import { input } from "../graph/tensor.ts";
import type { Engine, HostTensor } from "./engine.ts";
import { newLedger, timed } from "./ledger.ts";
import { openEngine } from "./node/open.ts";
import { openRemoteEngine } from "./node/remote.ts";
import { openNodeEngine } from "./node/sessions.ts";

const square = input("x", ["n", "n"]);
/** y = softmax(x x), z = x + y. */
const model = () => {
  const y = softmax(matmul(square, square));
  return toOnnx({ y, z: add(square, y) });
};
const matrix = (n: number, key: string): HostTensor => {
  const { normal } = random("matrix", key);
  return { dims: [n, n], data: Float32Array.from({ length: n * n }, normal) };
};

/** A run that takes a while: products of `n` x `n` matrices. */
const heavy = (n: number) => {
  let y = square;
  for (let i = 0; i < 8; i++) y = matmul(y, square);
  return { bytes: toOnnx({ y }), feeds: { x: { dims: [n, n], data: new Float32Array(n * n) } } };
};

const openers = { "in this thread": openNodeEngine, "in a worker": openRemoteEngine };

describe.each(Object.entries(openers))("an engine %s", (_, open) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await open({ threads: 1 });
  });
  afterAll(() => engine.close());

  it("runs a graph", async () => {
    const x = input("x", ["n"]);
    const program = await engine.compile(toOnnx({ y: add(mul(x, x), x) }));
    const { values, onDevice } = await engine.run(program, {
      x: { dims: [3], data: Float32Array.of(1, 2, -3) },
    });
    expect(values).toEqual({ y: { dims: [3], data: Float32Array.of(2, 6, 6) } });
    expect(onDevice).toEqual({});
    expect(engine.device).toBe("cpu");
    await engine.release(program);
  });

  it("takes and gives truth values and integers", async () => {
    const feeds = {
      flags: { dims: [2], data: Uint8Array.of(0, 1), bool: true as const },
      ids: { dims: [2], data: BigInt64Array.of(-5n, 2n ** 40n) },
    };
    const [flags, ids] = [input("flags", [2], "bool"), input("ids", [2], "int64")];
    const program = await engine.compile(toOnnx({ a: flags, b: ids }));
    const { values } = await engine.run(program, feeds);
    expect(values).toEqual({ a: feeds.flags, b: feeds.ids });
    await engine.release(program);
  });

  it("keeps tensors where they were computed, feeds them again, reads and frees them", async () => {
    const x = matrix(4, "keep");
    const program = await engine.compile(model(), { keepOnDevice: ["z"] });
    const first = await engine.run(program, { x });
    expect(Object.keys(first.values)).toEqual(["y"]);
    const handle = first.onDevice.z!;
    expect(handle.dims).toEqual([4, 4]);
    const z = await engine.download(handle);
    const sum = Float32Array.from(x.data as Float32Array, (v, i) =>
      Math.fround(v + (first.values.y!.data as Float32Array)[i]!),
    );
    expect(z).toEqual({ dims: [4, 4], data: sum });
    const [again, direct] = [await engine.run(program, { x: handle }), await engine.run(program, { x: z })];
    expect(again.values).toEqual(direct.values);
    await engine.free([handle, again.onDevice.z!]);
    const refused = { code: "bad-option", message: expect.stringContaining("freed") };
    await expect(engine.download(handle)).rejects.toMatchObject(refused);
    await expect(engine.run(program, { x: handle })).rejects.toMatchObject(refused);
    // Others stay; freeing twice does no harm.
    expect((await engine.download(direct.onDevice.z!)).dims).toEqual([4, 4]);
    await engine.free([handle, direct.onDevice.z!]);
    await engine.release(program);
  });

  it("feeds what one program kept to another", async () => {
    const first = await engine.compile(model(), { keepOnDevice: ["y", "z"] });
    const x = matrix(3, "shared");
    const { onDevice } = await engine.run(first, { x });
    const [a, b] = [input("a", ["n", "n"]), input("b", ["n", "n"])];
    const second = await engine.compile(toOnnx({ sum: add(a, b) }));
    const { values } = await engine.run(second, { a: onDevice.y!, b: onDevice.z! });
    const [y, z] = [await engine.download(onDevice.y!), await engine.download(onDevice.z!)];
    const sum = (y.data as Float32Array).map((v, i) => v + (z.data as Float32Array)[i]!);
    expect(values.sum!.data).toEqual(sum);
    await engine.free(Object.values(onDevice));
  });

  it("refuses programs that were released or never compiled", async () => {
    const program = await engine.compile(model());
    await engine.release(program);
    for (const id of [program, 9999]) {
      const failed = engine.run(id, { x: matrix(2, "gone") });
      await expect(failed).rejects.toThrow(JigsawError);
      await expect(failed).rejects.toMatchObject({ code: "bad-option" });
    }
  });

  it("says what is wrong with a graph or a feed, and goes on", async () => {
    await expect(engine.compile(Uint8Array.of(1, 2, 3))).rejects.toThrow();
    const program = await engine.compile(model());
    await expect(engine.run(program, { w: matrix(2, "w") })).rejects.toThrow();
    const oblong = { dims: [2, 3], data: new Float32Array(6) };
    await expect(engine.run(program, { x: oblong })).rejects.toThrow();
    expect((await engine.run(program, { x: matrix(2, "fine") })).values.y!.dims).toEqual([2, 2]);
    await engine.release(program);
  });

  it("answers calls made at the same time each with its own numbers", async () => {
    const program = await engine.compile(model());
    const inputs = Array.from({ length: 12 }, (_, i) => matrix(2 + (i % 3), `at once ${i}`));
    const alone = [];
    for (const x of inputs) alone.push((await engine.run(program, { x })).values);
    const together = await Promise.all(inputs.map((x) => engine.run(program, { x })));
    expect(together.map(({ values }) => values)).toEqual(alone);
    await engine.release(program);
  });

  it("can be closed twice, and runs nothing afterwards", async () => {
    const other = await open({ threads: 1 });
    const program = await other.compile(model());
    await other.close();
    await other.close();
    await expect(other.run(program, { x: matrix(2, "late") })).rejects.toThrow();
  });
});

describe("a worker", () => {
  it("gives the very numbers of this thread", async () => {
    const [here, there] = [await openNodeEngine({ threads: 1 }), await openRemoteEngine({ threads: 1 })];
    const x = matrix(37, "bits");
    const results = [];
    for (const engine of [here, there]) {
      const program = await engine.compile(model());
      results.push((await engine.run(program, { x })).values);
      await engine.close();
    }
    expect(results[1]).toEqual(results[0]);
  });

  it("leaves this thread free while it computes", async () => {
    const engine = await openRemoteEngine({ threads: 1 });
    const { bytes, feeds } = heavy(900);
    const program = await engine.compile(bytes);
    const order: string[] = [];
    const answered = engine.run(program, feeds).then(() => order.push("answer"));
    // Were this thread blocked, the answer would be there after a turn or two of its event loop.
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    order.push("fifty turns of this thread");
    await answered;
    await engine.close();
    expect(order).toEqual(["fifty turns of this thread", "answer"]);
  });

  it("rejects what still waits when it is closed", async () => {
    const engine = await openRemoteEngine({ threads: 1 });
    const { bytes, feeds } = heavy(300);
    const program = await engine.compile(bytes);
    const waiting = Array.from({ length: 10 }, () => engine.run(program, feeds));
    const settled = Promise.allSettled(waiting);
    await engine.close();
    // Some may have been on their way; none hangs.
    for (const result of await settled) {
      if (result.status === "rejected") expect(result.reason.message).toContain("has ended");
    }
    await expect(engine.run(program, feeds)).rejects.toThrow("has ended");
  });

  it("passes on the code, the message and the hint of an error", async () => {
    // A device that is not here is refused by the worker's side.
    const options = { device: "cuda" as const };
    const here = await openNodeEngine(options).then(
      (engine) => engine.close(),
      (error: unknown) => error as JigsawError,
    );
    const there = await openRemoteEngine(options).then(
      (engine) => engine.close(),
      (error: unknown) => error as JigsawError,
    );
    // Where CUDA works there is no error to compare.
    if (here === undefined) return expect(there).toBeUndefined();
    expect(there).toBeInstanceOf(JigsawError);
    const parts = ({ code, message, hint }: JigsawError) => ({ code, message, hint });
    expect(parts(there as JigsawError)).toEqual(parts(here));
    expect(here).toMatchObject({ code: "unsupported", message: expect.stringContaining('"cuda"') });
    expect(here.hint).toContain("--device cpu");
  });
});

describe("opening an engine", () => {
  it("refuses unknown devices, and lists those that are known", async () => {
    const refused = openEngine({ device: "tpu" as "cpu" });
    await expect(refused).rejects.toMatchObject({
      name: "JigsawError",
      code: "bad-option",
      message: 'unknown device "tpu"',
      hint: "Known: auto, cpu, webgpu, cuda.",
    });
  });

  it.each([false, true])("finds a device that works by itself (worker: %s)", async (worker) => {
    const engine = await openEngine({ worker, threads: 1 });
    expect(["cpu", "cuda"]).toContain(engine.device);
    const program = await engine.compile(model());
    expect((await engine.run(program, { x: matrix(2, "auto") })).values.y!.dims).toEqual([2, 2]);
    await engine.close();
  });
});

describe("the ledger", () => {
  it("books time to the phase that it is told, work that fails too", async () => {
    const ledger = newLedger();
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    expect(await timed(ledger, "prompt", () => wait(20).then(() => "done"))).toBe("done");
    expect(ledger.promptMs).toBeGreaterThan(15);
    expect(ledger.decodeMs).toBe(0);
    const { promptMs } = ledger;
    await expect(
      timed(ledger, "decode", () => wait(20).then(() => Promise.reject(new Error("no")))),
    ).rejects.toThrow("no");
    expect(ledger.decodeMs).toBeGreaterThan(15);
    expect(ledger).toEqual({ ...newLedger(), promptMs, decodeMs: ledger.decodeMs });
  });
});
