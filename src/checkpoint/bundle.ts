// A model for browsers: `manifest.json` and files of weights, as `jigsaw export --format web` writes them.
import * as z from "zod";
import { JigsawError } from "../core/errors.ts";
import type { Engine } from "../engine/engine.ts";
import type { Qwen3Config } from "../model/config.ts";
import { type Model, openModel } from "../model/model.ts";
import { type Weight, weightShapes } from "../model/weights.ts";
import { parseConfig } from "./config-json.ts";
import { bytesOf, decodeFloats, floatDtype, type TorchDtype } from "./dtype.ts";

export const BUNDLE_FORMAT = "jigsaw-bundle";
export const BUNDLE_VERSION = 1;
export const MANIFEST_FILE = "manifest.json";

/** Dtypes of a bundle. */
const BUNDLE_DTYPES = ["float32", "float16"] as const satisfies readonly TorchDtype[];
export type BundleDtype = (typeof BUNDLE_DTYPES)[number];

const fileName = z.string().regex(/^[\w-][\w.-]{0,199}$/, "must be a plain file name");
const size = z.int().min(0);

const schema = z.object({
  written_by: z.string(),
  /** As in a checkpoint's `config.json`. */
  config: z.record(z.string(), z.unknown()),
  tensors: z.array(
    z.object({
      name: z.string(),
      dtype: z.enum(BUNDLE_DTYPES),
      shape: z.array(size),
      /** Where its bytes begin; those that do not fit there go on at the start of the next file. */
      file: fileName,
      offset: size,
      bytes: size,
    }),
  ),
  files: z.array(
    z.object({
      name: fileName,
      bytes: size,
      sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256"),
    }),
  ),
});

export type Manifest = z.infer<typeof schema>;
type BundleTensor = Manifest["tensors"][number];
type BundleFile = Manifest["files"][number];

const bad = (file: string, what: string, hint?: string) =>
  new JigsawError("bad-checkpoint", `${file}: ${what}`, hint);

/** Refuses tensors that are not those of the configuration, or that lie outside the files. */
function checkTensors(manifest: Manifest, config: Qwen3Config, path: string): void {
  const tensors = new Map(manifest.tensors.map((tensor) => [tensor.name, tensor]));
  const shapes = weightShapes(config);
  if (tensors.size !== manifest.tensors.length) throw bad(path, "names a tensor twice");
  if (new Set(manifest.files.map(({ name }) => name)).size !== manifest.files.length)
    throw bad(path, "names a file twice");
  for (const [name, shape] of Object.entries(shapes)) {
    const tensor = tensors.get(name);
    if (!tensor) throw bad(path, `has no tensor "${name}"`);
    if (String(tensor.shape) !== String(shape))
      throw bad(path, `tensor "${name}" has shape [${tensor.shape}], expected [${shape}]`);
    const bytes = bytesOf(shape, floatDtype(tensor.dtype));
    const from = manifest.files.findIndex((file) => file.name === tensor.file);
    const room = manifest.files
      .slice(Math.max(0, from))
      .reduce((sum, file) => sum + file.bytes, -tensor.offset);
    const starts = tensor.offset <= (manifest.files[from]?.bytes ?? -1);
    if (tensor.bytes !== bytes || !starts || room < bytes)
      throw bad(path, `tensor "${name}" lies outside its file or has another size`);
  }
  const unknown = [...tensors.keys()].find((name) => !Object.hasOwn(shapes, name));
  if (unknown !== undefined) throw bad(path, `has a tensor "${unknown.slice(0, 80)}" that the model has not`);
}

/** Reads a parsed manifest; `path` names it in errors. */
export function parseManifest(json: unknown, path = MANIFEST_FILE): Manifest & { model: Qwen3Config } {
  const { format, version } = (json ?? {}) as { format?: unknown; version?: unknown };
  if (format !== BUNDLE_FORMAT) throw bad(path, `is no ${BUNDLE_FORMAT}`);
  if (version !== BUNDLE_VERSION) {
    throw new JigsawError(
      "unsupported",
      `${path}: has version ${JSON.stringify(version)?.slice(0, 40)}, this release reads ${BUNDLE_VERSION}`,
      "Export the model again with this release, or use the release that wrote it.",
    );
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const { path: where, message } = parsed.error.issues[0]!;
    throw bad(path, `${where.join(".")}: ${message}`);
  }
  const model = parseConfig(parsed.data.config, `${path}: config`);
  checkTensors(parsed.data, model, path);
  return { ...parsed.data, model };
}

/** What is used of `fetch`. */
export type Fetch = (
  url: string,
  init?: { signal?: AbortSignal },
) => Promise<{ readonly ok: boolean; readonly status: number; arrayBuffer(): Promise<ArrayBuffer> }>;

export interface BundleOptions {
  /** The browser's own by default. */
  readonly fetch?: Fetch;
  readonly signal?: AbortSignal;
  /** Hears of bytes that have come, and of how many there will be. */
  readonly onProgress?: (done: number, total: number) => void;
}

async function get(url: string, { fetch = globalThis.fetch, signal }: BundleOptions): Promise<Uint8Array> {
  const failed = (what: string) =>
    new JigsawError("network", `cannot fetch ${url}: ${what}`, "Is the bundle's folder served there?");
  try {
    const response = await fetch(url, signal && { signal });
    if (!response.ok) throw failed(`status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    if (error instanceof JigsawError) throw error;
    signal?.throwIfAborted();
    throw failed(String((error as Error).message));
  }
}

/** Checks a file's size, and its checksum where there is Web Crypto: pages that are not served securely have none. */
async function checkFile(bytes: Uint8Array, { name, bytes: wanted, sha256 }: BundleFile): Promise<void> {
  const hint = "Fetch or export the bundle again.";
  if (bytes.length !== wanted) throw bad(name, `has ${bytes.length} bytes, expected ${wanted}`, hint);
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) return;
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found !== sha256) throw bad(name, `is damaged: its SHA-256 is ${found}, expected ${sha256}`, hint);
}

/** The bytes of a tensor, which may go on in the next files; not copied where they lie in one. */
function tensorBytes(tensor: BundleTensor, files: readonly Uint8Array[], first: number): Uint8Array {
  const { offset, bytes } = tensor;
  const start = files[first]!.subarray(offset, offset + bytes);
  if (start.length === bytes) return start;
  const whole = new Uint8Array(bytes);
  whole.set(start);
  let done = start.length;
  for (let i = first + 1; done < bytes; i++) {
    const part = files[i]!.subarray(0, bytes - done);
    whole.set(part, done);
    done += part.length;
  }
  return whole;
}

/**
 * Fetches a bundle's manifest and weights from a folder's address, checks them, and opens the model on an engine.
 * Refuses what is damaged, cut off, or of another version.
 */
export async function openBundle(
  url: string | URL,
  engine: Engine,
  options: BundleOptions = {},
): Promise<Model> {
  const folder = String(url).replace(/\/*$/, "/");
  const text = new TextDecoder().decode(await get(folder + MANIFEST_FILE, options));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw bad(MANIFEST_FILE, `is not JSON: ${(error as Error).message}`);
  }
  const { files, tensors, model } = parseManifest(json);
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const loaded: Uint8Array[] = [];
  let done = 0;
  for (const file of files) {
    const bytes = await get(folder + file.name, options);
    await checkFile(bytes, file);
    loaded.push(bytes);
    done += bytes.length;
    options.onProgress?.(done, total);
  }
  const weights: Record<string, Weight> = {};
  for (const tensor of tensors) {
    const first = files.findIndex(({ name }) => name === tensor.file);
    const data = decodeFloats(tensorBytes(tensor, loaded, first), floatDtype(tensor.dtype), tensor.name);
    weights[tensor.name] = { dims: tensor.shape, data };
  }
  return openModel(engine, model, weights);
}
