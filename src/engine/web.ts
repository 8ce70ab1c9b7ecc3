// The engine on ONNX Runtime for browsers, which the page brings along: its `wasm` or its `webgpu` provider.
import { JigsawError } from "../core/errors.ts";
import { detach } from "../graph/elementwise.ts";
import { serialise } from "../graph/serialise.ts";
import { input } from "../graph/tensor.ts";
import {
  type Engine,
  type HostTensor,
  type Kept,
  type ProgramId,
  type TensorData,
  typeOf,
} from "./engine.ts";

/** What is used of a tensor of ONNX Runtime's. */
export interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly location: string;
  readonly data: unknown;
  getData(): Promise<unknown>;
  dispose(): void;
}

interface OrtSession {
  run(feeds: never, outputs: readonly string[]): Promise<Readonly<Record<string, OrtTensor>>>;
  run(feeds: never): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

/** What is used of the package onnxruntime-web (1.30 or later). */
export interface Ort {
  readonly Tensor: new (type: never, data: never, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: { create(model: Uint8Array, options: never): Promise<OrtSession> };
  readonly env: { readonly wasm: { numThreads?: number | undefined } };
}

export interface WebEngineOptions {
  readonly ort: Ort;
  /** WebGPU takes `onnxruntime-web/webgpu` and a browser that has it. */
  readonly provider?: "wasm" | "webgpu";
  /** Threads of the wasm provider; more than one takes a page that is isolated across origins. */
  readonly threads?: number;
}

interface Program {
  readonly session: OrtSession;
  readonly keep: ReadonlySet<string>;
}

/** Sessions of a page share one runtime, which is not made for calls at the same time: each waits for the last. */
function oneAtATime() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}

/** Opens an engine in this thread; on wasm `run` blocks it. Fails with "unsupported" where the provider cannot be used. */
export async function openWebEngine({ ort, provider = "wasm", threads }: WebEngineOptions): Promise<Engine> {
  if (threads) ort.env.wasm.numThreads = threads;
  const onGpu = provider === "webgpu";
  const programs = new Map<ProgramId, Program>();
  const kept = new Map<number, OrtTensor>();
  const inTurn = oneAtATime();
  let counter = 0;

  const toOrt = (tensor: HostTensor): OrtTensor =>
    new ort.Tensor(typeOf(tensor) as never, tensor.data as never, tensor.dims);

  const fromOrt = async (tensor: OrtTensor): Promise<HostTensor> => {
    const data = tensor.location === "gpu-buffer" ? await tensor.getData() : tensor.data;
    return { dims: tensor.dims, data: data as TensorData, ...(tensor.type === "bool" && { bool: true }) };
  };

  const program = (id: ProgramId): Program => {
    const found = programs.get(id);
    if (!found) throw new JigsawError("bad-option", `program ${id} was released or never compiled`);
    return found;
  };

  const resolve = (handle: Kept): OrtTensor => {
    const tensor = kept.get(handle.kept);
    if (!tensor) throw new JigsawError("bad-option", `tensor ${handle.kept} was freed`);
    return tensor;
  };

  const keepTensor = (tensor: OrtTensor): Kept => {
    kept.set(++counter, tensor);
    return { kept: counter, dims: tensor.dims };
  };

  /** Programs that move tensors of a type and rank to the device. */
  const movers = new Map<string, Promise<ProgramId>>();
  const moverOf = (type: string, rank: number): Promise<ProgramId> => {
    const key = `${type}/${rank}`;
    if (!movers.has(key)) {
      const shape = Array.from({ length: rank }, (_, i) => `d${i}`);
      const model = serialise({ y: detach(input("x", shape, type as "float32")) });
      movers.set(key, engine.compile(model, { keep: ["y"] }));
    }
    return movers.get(key)!;
  };

  const engine: Engine = {
    device: onGpu ? "webgpu" : "cpu",
    // ONNX Runtime's build for WebGPU in browsers leaves it out, for the CPU too.
    float64: !onGpu,
    compile: (model, { keep = [], training = false, folder } = {}) =>
      inTurn(async () => {
        if (folder !== undefined)
          throw new JigsawError("unsupported", "weights cannot stay in a folder's files in a browser");
        const options = {
          executionProviders: [provider],
          enableMemPattern: !training,
          logSeverityLevel: 4,
          ...(onGpu && {
            preferredOutputLocation: Object.fromEntries(keep.map((name) => [name, "gpu-buffer"])),
          }),
        };
        const session = await ort.InferenceSession.create(model, options as never);
        programs.set(++counter, { session, keep: new Set(keep) });
        return counter;
      }),
    run: (id, feeds, wanted) =>
      inTurn(async () => {
        const { session, keep } = program(id);
        const ready = Object.fromEntries(
          Object.entries(feeds).map(([name, feed]) => [name, "kept" in feed ? resolve(feed) : toOrt(feed)]),
        ) as never;
        const outputs = await (wanted ? session.run(ready, wanted) : session.run(ready));
        const values: Record<string, HostTensor> = {};
        const handles: Record<string, Kept> = {};
        for (const [name, tensor] of Object.entries(outputs)) {
          if (keep.has(name)) handles[name] = keepTensor(tensor);
          else values[name] = await fromOrt(tensor);
        }
        return { values, kept: handles };
      }),
    async upload(tensor) {
      const ready = toOrt(tensor);
      if (!onGpu) return keepTensor(ready);
      const id = await moverOf(ready.type, tensor.dims.length);
      return (await engine.run(id, { x: tensor })).kept.y!;
    },
    read: (handle) => inTurn(async () => fromOrt(resolve(handle))),
    async free(handles) {
      for (const handle of handles) {
        const tensor = kept.get(handle.kept);
        if (tensor?.location === "gpu-buffer") tensor.dispose();
        kept.delete(handle.kept);
      }
    },
    release: (id) =>
      inTurn(async () => {
        await program(id).session.release();
        programs.delete(id);
      }),
    async close() {
      await engine.free([...kept.keys()].map((id) => ({ kept: id, dims: [] })));
      for (const id of [...programs.keys()]) await engine.release(id);
    },
  };

  await probe(engine, provider);
  return engine;
}

/** Runs a small graph, so that a runtime or a device that is not there is found out at once. */
async function probe(engine: Engine, provider: string): Promise<void> {
  try {
    const id = await engine.compile(serialise({ y: detach(input("x", [1])) }));
    await engine.run(id, { x: { dims: [1], data: Float32Array.of(1) } });
    await engine.release(id);
  } catch (error) {
    throw new JigsawError(
      "unsupported",
      `onnxruntime-web's provider "${provider}" cannot be used here: ${String((error as Error).message).split("\n")[0]}`,
      provider === "webgpu"
        ? 'Try the provider "wasm".'
        : "Are its .wasm files served where it looks for them?",
    );
  }
}
