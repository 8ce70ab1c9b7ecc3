/** Safetensors files on disk: tensors are read by position, one at a time, and files replaced whole. Node only. */
import { type FileHandle, open } from "node:fs/promises";
import { JigsawError } from "../../core/errors.ts";
import { ioError, writeFileAtomically } from "../../files/atomic.ts";
import type { Shapes, Weight, Weights } from "../../model/weights.ts";
import { decodeFloats, encodeFloats, type FloatDtype } from "../dtype.ts";
import {
  headerBytes,
  LENGTH_BYTES,
  parseHeader,
  type SafetensorsHeader,
  serialiseHeader,
  type TensorEntry,
} from "../safetensors.ts";

/** An open file: its tensors' places, and their values one at a time. Close it when done. */
export interface SafetensorsFile extends SafetensorsHeader {
  readonly path: string;
  /** The file in which a tensor lies: of shards, its own. */
  pathOf(name: string): string;
  /** The values of a tensor stored as F32, BF16 or F16; refuses other dtypes and unknown names. */
  read(name: string): Promise<Float32Array>;
  /** Some rows (along its first side) of such a tensor, in the order asked for; no others are read. */
  readRows(name: string, rows: readonly number[]): Promise<Float32Array>;
  close(): Promise<void>;
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

/** Opens a safetensors file and checks its header (see `parseHeader`); reads nothing else yet. */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const handle = file;
    const header = await readHeader(handle, path);
    const find = (name: string) => {
      const entry = header.entries.get(name);
      if (!entry) throw new JigsawError("bad-checkpoint", `${path}: has no tensor "${name}"`);
      return entry;
    };
    const unreadable = (error: unknown): never => {
      throw ioError(error, `cannot read ${path}`);
    };
    return {
      ...header,
      path,
      pathOf: () => path,
      read: async (name) => {
        const entry = find(name);
        const bytes = await readAt(handle, path, entry.offset, entry.bytes).catch(unreadable);
        return decodeFloats(bytes, entry.dtype, `${path}: tensor "${name}"`);
      },
      readRows: async (name, rows) => readRowsAt(handle, path, find(name), rows).catch(unreadable),
      close: () => handle.close(),
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
 * Writes tensors as a safetensors file, in order of their names, all stored as `dtype`; `path` stays as it was
 * until the whole file is written. `metadata` is added to the `format: "pt"` that transformers asks for.
 */
export async function writeSafetensors(
  path: string,
  tensors: Weights,
  options: { dtype?: FloatDtype; metadata?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  for (const [name, weight] of Object.entries(tensors)) checkCount(path, name, weight);
  const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { dims }]) => [name, dims]));
  await writeTensors(path, shapes, async (name) => tensors[name]!, options);
}

function checkCount(path: string, name: string, { dims, data }: Weight): void {
  if (dims.reduce((product, side) => product * side, 1) === data.length) return;
  throw new JigsawError(
    "bad-shape",
    `${path}: tensor "${name}" has ${data.length} values, its shape is [${dims}]`,
  );
}

/** As `writeSafetensors`, with one tensor in memory at a time. */
export async function writeTensors(
  path: string,
  shapes: Shapes,
  read: (name: string) => Promise<Weight>,
  { dtype = "F32", metadata = {} }: { dtype?: FloatDtype; metadata?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const names = Object.keys(shapes).sort();
  const reserved = names.find((name) => name.startsWith("__"));
  if (reserved !== undefined)
    throw new JigsawError("bad-shape", `${path}: a tensor cannot be named "${reserved}"`);
  const { bytes } = serialiseHeader(
    names.map((name) => ({ name, dtype, shape: shapes[name]! })),
    { format: "pt", ...metadata },
  );
  await writeFileAtomically(path, async (file) => {
    await writeAll(file, bytes);
    for (const name of names) {
      const { data } = await read(name);
      checkCount(path, name, { dims: shapes[name]!, data });
      await writeAll(file, encodeFloats(data, dtype));
    }
  });
}
