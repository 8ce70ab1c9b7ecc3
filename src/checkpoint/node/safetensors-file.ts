/** Safetensors files on disk: tensors are read by position, one at a time, and files replaced whole. Node only. */
import { type FileHandle, open } from "node:fs/promises";
import { JigsawError } from "../../core/errors.ts";
import { ioError, writeFileAtomically } from "../../files/atomic.ts";
import { type FileRange, type LazyWeight, readWeight, type StateDict } from "../../model/state-dict.ts";
import { decodeFloats, encodeFloats, type FloatDtype } from "../dtype.ts";
import {
  headerBytes,
  LENGTH_BYTES,
  parseHeader,
  type SafetensorsHeader,
  serializeHeader,
  type TensorEntry,
} from "../safetensors.ts";

/** A tensor of an open file; it refuses to be read where its dtype is none of F32, BF16 and F16. */
export interface FileTensor extends LazyWeight {
  readonly location: FileRange;
  /** The values of some rows (along its first side), in the order asked for; no others are read. */
  readRows(rows: readonly number[]): Promise<Float32Array>;
}

/** An open file, or several as one. Dispose of it when done. */
export interface SafetensorsFile extends AsyncDisposable {
  readonly path: string;
  /** By name, in the order in which they lie in the file. */
  readonly tensors: Readonly<Record<string, FileTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Node reads at most 2^31 - 1 bytes at once. */
const CHUNK = 2 ** 30;

async function readAt(file: FileHandle, path: string, offset: number, bytes: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(bytes);
  for (let done = 0; done < bytes; ) {
    const { bytesRead } = await file.read(buffer, done, Math.min(CHUNK, bytes - done), offset + done);
    if (bytesRead === 0)
      throw new JigsawError("bad-checkpoint", `${path}: ends at byte ${offset + done}, too early`);
    done += bytesRead;
  }
  return buffer;
}

async function readHeader(file: FileHandle, path: string): Promise<SafetensorsHeader> {
  const stat = await file.stat();
  if (!stat.isFile()) throw new JigsawError("bad-checkpoint", `${path}: is not a file`);
  const length = await readAt(file, path, 0, Math.min(LENGTH_BYTES, stat.size));
  const bytes = await readAt(file, path, 0, headerBytes(length, stat.size, path));
  return parseHeader(bytes, stat.size, path);
}

/** Rows in ascending runs of neighbours, each once: `[first, count]`. */
function runsOf(rows: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const row of [...new Set(rows)].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && last[0] + last[1] === row) last[1]++;
    else runs.push([row, 1]);
  }
  return runs;
}

/** Reads rows of a tensor, neighbours at once. */
async function readRowsAt(
  file: FileHandle,
  path: string,
  { name, dtype, shape, offset, bytes }: TensorEntry,
  rows: readonly number[],
): Promise<Float32Array> {
  const count = shape[0] ?? 0;
  const outside = rows.find((row) => !Number.isInteger(row) || row < 0 || row >= count);
  if (outside !== undefined) {
    throw new JigsawError("bad-shape", `${path}: tensor "${name}" [${shape}] has no row ${outside}`);
  }
  const stride = count && bytes / count;
  const width = shape.slice(1).reduce((product, side) => product * side, 1);
  const found = new Map<number, Float32Array>();
  for (const [first, length] of runsOf(rows)) {
    const run = await readAt(file, path, offset + first * stride, length * stride);
    const values = decodeFloats(run, dtype, `${path}: tensor "${name}"`);
    for (let i = 0; i < length; i++) found.set(first + i, values.subarray(i * width, (i + 1) * width));
  }
  const result = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) result.set(found.get(row)!, i * width);
  return result;
}

function fileTensor(file: FileHandle, path: string, entry: TensorEntry): FileTensor {
  const { name, dtype, shape, offset, bytes } = entry;
  const unreadable = (error: unknown): never => {
    throw ioError(error, `cannot read ${path}`);
  };
  return {
    dims: shape,
    location: { path, dtype, offset, bytes },
    read: async () => {
      const stored = await readAt(file, path, offset, bytes).catch(unreadable);
      return decodeFloats(stored, dtype, `${path}: tensor "${name}"`);
    },
    readRows: (rows) => readRowsAt(file, path, entry, rows).catch(unreadable),
  };
}

/** Opens a safetensors file and checks its header (see `parseHeader`); reads nothing else yet. */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const handle = file;
    const { entries, metadata } = await readHeader(handle, path);
    const tensors = [...entries].map(([name, entry]) => [name, fileTensor(handle, path, entry)] as const);
    return {
      path,
      tensors: Object.fromEntries(tensors),
      metadata,
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await file?.close();
    throw ioError(error, `cannot read ${path}`);
  }
}

/** Writes all bytes at the end of a file. */
export async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(CHUNK, bytes.length - done));
    done += bytesWritten;
  }
}

/**
 * Writes tensors as a safetensors file, in order of their names, all stored as `dtype`, with one of those that are not in
 * memory read at a time; `path` stays as it was until the whole file is written. `metadata` is added to the
 * `format: "pt"` that transformers asks for.
 */
export async function writeSafetensors(
  path: string,
  tensors: StateDict,
  { dtype = "F32", metadata = {} }: { dtype?: FloatDtype; metadata?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const names = Object.keys(tensors).sort();
  const reserved = names.find((name) => name.startsWith("__"));
  if (reserved !== undefined)
    throw new JigsawError("bad-shape", `${path}: a tensor cannot be named "${reserved}"`);
  const { bytes } = serializeHeader(
    names.map((name) => ({ name, dtype, shape: tensors[name]!.dims })),
    { format: "pt", ...metadata },
  );
  await writeFileAtomically(path, async (file) => {
    await writeAll(file, bytes);
    for (const name of names) {
      const { dims } = tensors[name]!;
      const data = await readWeight(tensors[name]!);
      if (dims.reduce((product, side) => product * side, 1) !== data.length) {
        const what = `tensor "${name}" has ${data.length} values, its shape is [${dims}]`;
        throw new JigsawError("bad-shape", `${path}: ${what}`);
      }
      await writeAll(file, encodeFloats(data, dtype));
    }
  });
}
