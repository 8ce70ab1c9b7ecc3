// An engine on ONNX Runtime: sessions, and tensors that stay on the device. Its packages for Node and for browsers have
// one interface (onnxruntime-common's); node/sessions.ts and web.ts add the differences.
import { JigsawError } from "../core/errors.ts";
import { detach } from "../graph/elementwise.ts";
import { toOnnx } from "../graph/onnx.ts";
import { input } from "../graph/tensor.ts";
import {
  type CompileOptions,
  type Device,
  type DeviceTensor,
  type Engine,
  type HostTensor,
  type ProgramId,
  type TensorData,
  typeOf,
} from "./engine.ts";

/** A tensor of ONNX Runtime's; of one on a GPU, `data` cannot be read. */
export interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly location: string;
  readonly data: unknown;
  dispose(): void;
}

interface OrtSession {
  run(feeds: never, outputs: readonly string[]): Promise<Readonly<Record<string, OrtTensor>>>;
  run(feeds: never): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

/** The part of ONNX Runtime's interface that is used. */
export interface OrtRuntime {
  readonly Tensor: new (type: never, data: never, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: { create(model: Uint8Array, options: never): Promise<OrtSession> };
}

export interface SessionsOptions {
  readonly device: Device;
  readonly float64?: boolean;
  /** Options of a program's session besides those that every runtime takes. */
  sessionOptions(options: CompileOptions): object;
}

interface Program {
  readonly session: OrtSession;
  readonly keep: ReadonlySet<string>;
}

const fromOrt = ({ type, dims, data }: OrtTensor): HostTensor => ({
  dims,
  data: data as TensorData,
  ...(type === "bool" && { bool: true }),
});

/** The graph y = x, for any shape of that rank. */
const identityGraph = (type: string, rank: number): Uint8Array => {
  const shape = Array.from({ length: rank }, (_, i) => `d${i}`);
  return toOnnx({ y: detach(input("x", shape, type as "float32")) });
};

/** Sessions share one runtime, which is not made for calls at the same time: each waits for the last. */
function oneAtATime() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}

/** An engine in this thread. */
export function openSessions(ort: OrtRuntime, { device, float64, sessionOptions }: SessionsOptions): Engine {
  const onGpu = device === "webgpu";
  const programs = new Map<ProgramId, Program>();
  const tensors = new Map<number, OrtTensor>();
  const inTurn = oneAtATime();
  let counter = 0;
  let closed = false;

  const toOrt = (tensor: HostTensor): OrtTensor =>
    new ort.Tensor(typeOf(tensor) as never, tensor.data as never, tensor.dims);

  const program = (id: ProgramId): Program => {
    const found = programs.get(id);
    if (!found) throw new JigsawError("bad-option", `program ${id} was released or never compiled`);
    return found;
  };

  const resolve = ({ handle }: DeviceTensor): OrtTensor => {
    const tensor = tensors.get(handle);
    if (!tensor) throw new JigsawError("bad-option", `tensor ${handle} was freed`);
    return tensor;
  };

  const keepTensor = (tensor: OrtTensor): DeviceTensor => {
    tensors.set(++counter, tensor);
    return { handle: counter, dims: tensor.dims };
  };

  const compile = async (model: Uint8Array, options: CompileOptions = {}): Promise<ProgramId> => {
    const { keepOnDevice = [], training = false } = options;
    const session = await ort.InferenceSession.create(model, {
      enableMemPattern: !training,
      logSeverityLevel: 4,
      ...(onGpu && {
        preferredOutputLocation: Object.fromEntries(keepOnDevice.map((name) => [name, "gpu-buffer"])),
      }),
      ...sessionOptions(options),
    } as never);
    programs.set(++counter, { session, keep: new Set(keepOnDevice) });
    return counter;
  };

  const run = async (
    id: ProgramId,
    feeds: Readonly<Record<string, OrtTensor>>,
    wanted?: readonly string[],
  ) => {
    const { session } = program(id);
    return wanted ? session.run(feeds as never, wanted) : session.run(feeds as never);
  };

  /** Programs that copy tensors of a type and rank to the device, or from it. */
  const copiers = new Map<string, ProgramId>();
  const copy = async (x: OrtTensor, keep: boolean): Promise<OrtTensor> => {
    const key = `${x.type}/${x.dims.length}/${keep}`;
    if (!copiers.has(key))
      copiers.set(
        key,
        await compile(identityGraph(x.type, x.dims.length), { keepOnDevice: keep ? ["y"] : [] }),
      );
    return (await run(copiers.get(key)!, { x })).y!;
  };

  const free = (handles: Iterable<number>) => {
    for (const handle of handles) {
      const tensor = tensors.get(handle);
      if (tensor?.location === "gpu-buffer") tensor.dispose();
      tensors.delete(handle);
    }
  };

  /** Calls that still wait when the engine is closed are refused. */
  const whileOpen = <T>(work: () => Promise<T>): Promise<T> =>
    inTurn(async () => {
      if (closed) throw new Error("the engine has ended");
      return work();
    });

  return {
    device,
    ...(float64 !== undefined && { float64 }),
    compile: (model, options) => whileOpen(() => compile(model, options)),
    run: (id, feeds, wanted) =>
      whileOpen(async () => {
        const { keep } = program(id);
        const ready = Object.entries(feeds).map(
          ([name, feed]) => [name, "handle" in feed ? resolve(feed) : toOrt(feed)] as const,
        );
        const values: Record<string, HostTensor> = {};
        const onDevice: Record<string, DeviceTensor> = {};
        for (const [name, tensor] of Object.entries(await run(id, Object.fromEntries(ready), wanted))) {
          if (keep.has(name)) onDevice[name] = keepTensor(tensor);
          else values[name] = fromOrt(tensor);
        }
        return { values, onDevice };
      }),
    upload: (tensor) =>
      whileOpen(async () => keepTensor(onGpu ? await copy(toOrt(tensor), true) : toOrt(tensor))),
    // Tensor.getData() aborts the process on a GPU tensor of onnxruntime-node; a copy of it on the host can be read.
    download: (tensor) =>
      whileOpen(async () => {
        const found = resolve(tensor);
        return fromOrt(found.location === "gpu-buffer" ? await copy(found, false) : found);
      }),
    async free(handles) {
      free([...handles].map(({ handle }) => handle));
    },
    release: (id) =>
      whileOpen(async () => {
        await program(id).session.release();
        programs.delete(id);
      }),
    close() {
      closed = true;
      return inTurn(async () => {
        free([...tensors.keys()]);
        for (const [id, { session }] of [...programs]) {
          programs.delete(id);
          await session.release();
        }
      });
    },
  };
}

/**
 * Runs a small graph, so that a missing device fails at once. Its session stays until the engine is
 * closed: WebGPU's device goes with the last session, to be made anew for the next.
 * @param unusable makes the error that is thrown, from the runtime's reason
 */
export async function probe(engine: Engine, unusable: (reason: string) => JigsawError): Promise<void> {
  try {
    const id = await engine.compile(identityGraph("float32", 1));
    await engine.run(id, { x: { dims: [1], data: Float32Array.of(1) } });
  } catch (error) {
    throw unusable(String((error as Error).message).split("\n")[0]!);
  }
}
