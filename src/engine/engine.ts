// An engine runs graphs: one interface to every device, in this thread or in a worker.

export type Device = "cpu" | "webgpu" | "cuda";
export const DEVICES = ["cpu", "webgpu", "cuda"] as const satisfies readonly Device[];

export type TensorData = Float32Array | Float64Array | BigInt64Array | Uint8Array;

/** A tensor in host memory; bool tensors are bytes of 0 and 1, int64 tensors are BigInt64Array. */
export interface HostTensor {
  readonly dims: readonly number[];
  readonly data: TensorData;
  readonly bool?: true;
}

const TYPE = {
  Float32Array: "float32",
  Float64Array: "float64",
  BigInt64Array: "int64",
  Uint8Array: "uint8",
} as const;

/** ONNX Runtime's name of a tensor's type. */
export const typeOf = ({ data, bool }: HostTensor) =>
  bool ? "bool" : TYPE[data.constructor.name as keyof typeof TYPE];

/** A tensor that stays on the device where it was computed; it can be fed to any program of the same engine. */
export interface DeviceTensor {
  readonly handle: number;
  readonly dims: readonly number[];
}

export type Feeds = Readonly<Record<string, HostTensor | DeviceTensor>>;

/** A compiled graph, by the number its engine knows it by. */
export type ProgramId = number;

export interface CompileOptions {
  /** Names of outputs that stay on the device when the program runs; the caller frees them. */
  readonly keepOnDevice?: readonly string[];
  /** Memory needs vary from run to run, as in training; planned memory would only add up. */
  readonly training?: boolean;
  /** The folder of the model's external data files. */
  readonly folder?: string;
}

export interface Engine {
  readonly device: Device;
  /** Whether graphs can compute in float64; true by default. */
  readonly float64?: boolean;
  compile(model: Uint8Array, options?: CompileOptions): Promise<ProgramId>;
  /** @param outputs names of the outputs to compute; all by default */
  run(program: ProgramId, feeds: Feeds, outputs?: readonly string[]): Promise<RunResult>;
  /** Copies a tensor to the device. Its memory may be moved to another thread, and must not be used afterwards. */
  upload(tensor: HostTensor): Promise<DeviceTensor>;
  /** Copies a tensor from the device. */
  download(tensor: DeviceTensor): Promise<HostTensor>;
  free(tensors: Iterable<DeviceTensor>): Promise<void>;
  release(program: ProgramId): Promise<void>;
  close(): Promise<void>;
}

/** The outputs of a run by name: those on the host, and those that stayed on the device. */
export interface RunResult {
  readonly values: Readonly<Record<string, HostTensor>>;
  readonly onDevice: Readonly<Record<string, DeviceTensor>>;
}
