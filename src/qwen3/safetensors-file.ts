/** Safetensors files on disk: tensors are read by position, one at a time, and files replaced whole. Node only. */
import { type FileHandle, open } from "node:fs/promises";
import { JigsawError } from "../errors.ts";
import { ioError, writeFileAtomically } from "./atomic.ts";
import { decodeFloats, encodeFloats, type FloatDtype } from "./dtype.ts";
import {
  headerBytes,
  LENGTH_BYTES,
  parseHeader,
  type SafetensorsHeader,
  serialiseHeader,
} from "./safetensors.ts";
import type { Weights } from "./weights.ts";

/** An open file: its tensors' places, and their values one at a time. Close it when done. */
export interface SafetensorsFile extends SafetensorsHeader {
  readonly path: string;
  /** The values of a tensor stored as F32, BF16 or F16; refuses other dtypes and unknown names. */
  read(name: string): Promise<Float32Array>;
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

/** Opens a safetensors file and checks its header (see `parseHeader`); reads nothing else yet. */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const handle = file;
    const header = await readHeader(handle, path);
    return {
      ...header,
      path,
      read: async (name) => {
        const entry = header.entries.get(name);
        if (!entry) throw new JigsawError("bad-checkpoint", `${path}: has no tensor "${name}"`);
        const bytes = await readAt(handle, path, entry.offset, entry.bytes).catch((error) => {
          throw ioError(error, `cannot read ${path}`);
        });
        return decodeFloats(bytes, entry.dtype, `${path}: tensor "${name}"`);
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await file?.close();
    throw ioError(error, `cannot read ${path}`);
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
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
  { dtype = "F32", metadata = {} }: { dtype?: FloatDtype; metadata?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const names = Object.keys(tensors).sort();
  for (const name of names) {
    const { dims, data } = tensors[name]!;
    if (name.startsWith("__"))
      throw new JigsawError("bad-shape", `${path}: a tensor cannot be named "${name}"`);
    if (dims.reduce((product, side) => product * side, 1) !== data.length) {
      throw new JigsawError(
        "bad-shape",
        `${path}: tensor "${name}" has ${data.length} values, its shape is [${dims}]`,
      );
    }
  }
  const { bytes } = serialiseHeader(
    names.map((name) => ({ name, dtype, shape: tensors[name]!.dims })),
    { format: "pt", ...metadata },
  );
  await writeFileAtomically(path, async (file) => {
    await writeAll(file, bytes);
    for (const name of names) await writeAll(file, encodeFloats(tensors[name]!.data, dtype));
  });
}
