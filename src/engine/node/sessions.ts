// The engine in this thread, on ONNX Runtime for Node. `run` blocks the thread while it computes.
import { env, InferenceSession, Tensor } from "onnxruntime-node";
import { JigsawError } from "../../core/errors.ts";
import { detach } from "../../graph/elementwise.ts";
import { serialise } from "../../graph/serialise.ts";
import { input } from "../../graph/tensor.ts";
import {
  type CompileOptions,
  type Device,
  type Engine,
  type Feeds,
  type HostTensor,
  type Kept,
  type ProgramId,
  type TensorData,
  typeOf,
} from "../engine.ts";

export interface NodeEngineOptions {
  readonly device?: Device;
  /** Threads for one operator; ONNX Runtime's own choice (one per core) by default. */
  readonly threads?: number | undefined;
}

// What fails is thrown, and told by whoever asked; the runtime need not print it too.
env.logLevel = "fatal";

/**
 * Each session has threads of its own, which by default go on spinning for a while after a run: those of a model's other
 * programs then take the cores from the one that computes (2.4 times as long for `greedy` on two cores).
 */
const NO_SPINNING = { "intra_op.allow_spinning": "0" } as const;

interface Program {
  readonly session: InferenceSession;
  readonly keep: ReadonlySet<string>;
}

const toOrt = (tensor: HostTensor): Tensor =>
  new Tensor(typeOf(tensor), tensor.data as Float32Array, tensor.dims);

const fromOrt = (tensor: Tensor): HostTensor => ({
  dims: tensor.dims,
  data: tensor.data as TensorData,
  ...(tensor.type === "bool" && { bool: true }),
});

/** Opens an engine on the given device; fails with "unsupported" where the device cannot be used. */
export async function openNodeEngine({ device = "cpu", threads }: NodeEngineOptions = {}): Promise<Engine> {
  const programs = new Map<ProgramId, Program>();
  const kept = new Map<number, Tensor>();
  let counter = 0;

  const compile = async (model: Uint8Array, options: CompileOptions = {}) => {
    const { keep = [], training = false, folder } = options;
    const onDevice =
      device === "webgpu" ? Object.fromEntries(keep.map((name) => [name, "gpu-buffer" as const])) : {};
    const session = await InferenceSession.create(model, {
      executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
      enableMemPattern: !training,
      logSeverityLevel: 4,
      ...(threads && { intraOpNumThreads: threads }),
      ...(device === "webgpu" && { preferredOutputLocation: onDevice }),
      extra: {
        session: { ...NO_SPINNING, ...(folder && { model_external_initializers_file_folder_path: folder }) },
      },
    });
    programs.set(++counter, { session, keep: new Set(keep) });
    return counter;
  };

  const program = (id: ProgramId): Program => {
    const found = programs.get(id);
    if (!found) throw new JigsawError("bad-option", `program ${id} was released or never compiled`);
    return found;
  };

  const resolve = (handle: Kept): Tensor => {
    const tensor = kept.get(handle.kept);
    if (!tensor) throw new JigsawError("bad-option", `tensor ${handle.kept} was freed`);
    return tensor;
  };

  /** Programs that move tensors of a type and rank to the host, or from it to the device. */
  const movers = new Map<string, ProgramId>();
  const identity = async (type: Tensor["type"], rank: number, keep: boolean): Promise<ProgramId> => {
    const key = `${type}/${rank}/${keep}`;
    let id = movers.get(key);
    if (id === undefined) {
      const shape = Array.from({ length: rank }, (_, i) => `d${i}`);
      const model = serialise({ y: detach(input("x", shape, type as "float32")) });
      id = await compile(model, { keep: keep ? ["y"] : [] });
      movers.set(key, id);
    }
    return id;
  };
  // Tensor.getData() aborts the process on a GPU tensor of onnxruntime-node; an Identity session reads it.
  const readBack = async (tensor: Tensor): Promise<HostTensor> => {
    const id = await identity(tensor.type, tensor.dims.length, false);
    return fromOrt((await program(id).session.run({ x: tensor })).y!);
  };

  const engine: Engine = {
    device,
    compile,
    async run(id, feeds: Feeds, wanted) {
      const { session, keep } = program(id);
      const ready: Record<string, Tensor> = {};
      for (const [name, feed] of Object.entries(feeds))
        ready[name] = "kept" in feed ? resolve(feed) : toOrt(feed);
      const outputs = await (wanted ? session.run(ready, wanted) : session.run(ready));
      const values: Record<string, HostTensor> = {};
      const handles: Record<string, Kept> = {};
      for (const [name, tensor] of Object.entries(outputs)) {
        if (!keep.has(name)) values[name] = fromOrt(tensor as Tensor);
        else {
          kept.set(++counter, tensor as Tensor);
          handles[name] = { kept: counter, dims: tensor.dims };
        }
      }
      return { values, kept: handles };
    },
    async upload(tensor) {
      const { dims } = tensor;
      const ready = toOrt(tensor);
      if (device === "webgpu") {
        const id = await identity(ready.type, dims.length, true);
        return (await engine.run(id, { x: tensor })).kept.y!;
      }
      kept.set(++counter, ready);
      return { kept: counter, dims };
    },
    async read(handle) {
      const tensor = resolve(handle);
      return tensor.location === "gpu-buffer" ? readBack(tensor) : fromOrt(tensor);
    },
    async free(handles) {
      for (const handle of handles) {
        const tensor = kept.get(handle.kept);
        if (tensor?.location === "gpu-buffer") tensor.dispose();
        kept.delete(handle.kept);
      }
    },
    async release(id) {
      await program(id).session.release();
      programs.delete(id);
    },
    async close() {
      await engine.free([...kept.keys()].map((id) => ({ kept: id, dims: [] })));
      for (const id of [...programs.keys()]) await engine.release(id);
    },
  };

  if (device !== "cpu") await probe(engine);
  return engine;
}

/**
 * Runs a small graph, so that a device that is not there is found out at once. Its session stays until the engine is
 * closed: WebGPU's device goes with the last session, to be made anew for the next.
 */
async function probe(engine: Engine): Promise<void> {
  try {
    const model = serialise({ y: detach(input("x", [1])) });
    const id = await engine.compile(model);
    await engine.run(id, { x: { dims: [1], data: Float32Array.of(1) } });
  } catch (error) {
    throw new JigsawError(
      "unsupported",
      `device "${engine.device}" cannot be used here: ${String((error as Error).message).split("\n")[0]}`,
      `Use --device cpu, or see "jigsaw doctor" for what is missing.`,
    );
  }
}
