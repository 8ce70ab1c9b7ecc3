/** Writes a bundle for browsers (see bundle.ts), one tensor in memory at a time. Node only. */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { writeFolderAtomically } from "../../files/atomic.ts";
import { writeJson } from "../../files/json.ts";
import { type Checkpoint, readWeight, type StateDict } from "../../model/state-dict.ts";
import { weightShapes } from "../../model/weights.ts";
import { BUNDLE_FORMAT, BUNDLE_VERSION, type BundleDtype, MANIFEST_FILE, type Manifest } from "../bundle.ts";
import { writeConfig } from "../config-json.ts";
import { encodeFloats, floatDtype } from "../dtype.ts";
import { checkEmpty } from "./export.ts";
import { writeAll } from "./safetensors-file.ts";

/** Bytes of a file of weights: what caches and servers take without ado. */
const FILE_BYTES = 64e6;

/** Files that are filled one after the other, each of at most `most` bytes. */
function chunks(folder: string, most: number) {
  const files: Manifest["files"] = [];
  let handle: FileHandle | undefined;
  let hash = createHash("sha256");
  let [name, used] = ["", most];
  const end = async () => {
    if (!handle) return;
    files.push({ name, bytes: used, sha256: hash.digest("hex") });
    await handle.sync();
    await handle.close();
    handle = undefined;
  };
  const next = async () => {
    await end();
    name = `weights-${String(files.length + 1).padStart(5, "0")}.bin`;
    handle = await open(join(folder, name), "wx");
    hash = createHash("sha256");
    used = 0;
  };
  return {
    files,
    /** Writes a tensor, from the next file on where what is left of this one is too small; resolves to its place. */
    async write(bytes: Uint8Array): Promise<{ file: string; offset: number }> {
      if (used + bytes.length > most && used > 0) await next();
      const place = { file: name, offset: used };
      for (let done = 0; done < bytes.length; ) {
        if (used === most) await next();
        const part = bytes.subarray(done, done + most - used);
        await writeAll(handle!, part);
        hash.update(part);
        used += part.length;
        done += part.length;
      }
      return place;
    },
    end,
    close: async () => handle?.close(),
  };
}

export interface BundleWriteOptions {
  readonly dtype?: BundleDtype;
  /** What wrote it, with its version. */
  readonly writtenBy: string;
  readonly fileBytes?: number;
}

/** Writes a model's bundle into a new folder, whole or not at all. */
export async function writeBundle(
  folder: string,
  { config, weights }: Checkpoint<StateDict>,
  { dtype = "float32", writtenBy, fileBytes = FILE_BYTES }: BundleWriteOptions,
): Promise<void> {
  await checkEmpty(folder);
  await writeFolderAtomically(folder, async (staging) => {
    const out = chunks(staging, fileBytes);
    const tensors: Manifest["tensors"] = [];
    try {
      for (const [name, shape] of Object.entries(weightShapes(config))) {
        const bytes = encodeFloats(await readWeight(weights[name]!), floatDtype(dtype));
        tensors.push({ name, dtype, shape, ...(await out.write(bytes)), bytes: bytes.length });
      }
      await out.end();
    } finally {
      await out.close();
    }
    const manifest: Manifest & { format: string; version: number } = {
      format: BUNDLE_FORMAT,
      version: BUNDLE_VERSION,
      written_by: writtenBy,
      config: writeConfig(config, floatDtype(dtype)),
      tensors,
      files: out.files,
    };
    await writeJson(join(staging, MANIFEST_FILE), manifest);
  });
}
