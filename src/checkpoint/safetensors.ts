/**
 * The header of a safetensors file, read and written over bytes: eight bytes of length, then JSON.
 * What is refused follows the reference implementation (huggingface/safetensors, tensor.rs):
 * the tensors must cover the rest of the file, without holes, overlaps or bytes left over.
 */
import { JigsawError } from "../core/errors.ts";
import { isObject, repeatedKey } from "../core/json.ts";
import { bytesOf, DTYPE_BYTES } from "./dtype.ts";

/** Where one tensor lies: `offset` and `bytes` count from the start of the file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly bytes: number;
}

export interface SafetensorsHeader {
  /** By name, in the order in which they lie in the file. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

export const LENGTH_BYTES = 8;
/** The reference implementation's limit on a header's length. */
export const MAX_HEADER_BYTES = 100_000_000;
const METADATA = "__metadata__";

const refuse = (file: string, what: string) =>
  new JigsawError("bad-checkpoint", `${file}: ${what}`, "The file is damaged or is no safetensors file.");

/** `text` cut to a length that fits into a message, however hostile. */
const clip = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount);

/** How many bytes of a file of `fileSize` bytes its header takes; `bytes` are its first eight or more. */
export function headerBytes(bytes: Uint8Array, fileSize: number, file: string): number {
  if (fileSize < LENGTH_BYTES || bytes.length < LENGTH_BYTES) {
    throw refuse(file, `${fileSize} bytes are too few for a safetensors header`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw refuse(file, `its header would take ${length} bytes, more than the ${MAX_HEADER_BYTES} allowed`);
  }
  const total = LENGTH_BYTES + Number(length);
  if (total > fileSize) {
    throw refuse(file, `its header would end at byte ${total}, but the file has ${fileSize}`);
  }
  return total;
}

function parseJson(bytes: Uint8Array, file: string): Readonly<Record<string, unknown>> {
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    json = JSON.parse(text);
  } catch {
    throw refuse(file, "its header is not JSON");
  }
  if (!isObject(json) || !text.startsWith("{")) throw refuse(file, "its header is not a JSON object");
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw refuse(file, `its header has "${clip(repeated)}" twice`);
  return json;
}

/** One tensor's place: checked by itself, not yet against its neighbours'. */
function parseEntry(name: string, value: unknown, start: number, file: string): TensorEntry {
  const wrong = (what: string) => refuse(file, `tensor "${clip(name)}" ${what}`);
  // No checkpoint has such a name, and it would be a trap for every record keyed by tensor.
  if (name === "__proto__") throw wrong("has a name that is not allowed");
  if (!isObject(value)) throw wrong("is not described by an object");
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    throw wrong(`has an unknown dtype ${typeof dtype === "string" ? `"${clip(dtype)}"` : typeof dtype}`);
  }
  if (!isCounts(shape)) throw wrong("has a shape that is not a list of whole numbers from 0");
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw wrong("has data_offsets that are not two whole numbers from 0");
  }
  const [begin, end] = offsets as [number, number];
  if (end < begin) throw wrong(`ends at byte ${end}, before its start at ${begin}`);
  let bytes = DTYPE_BYTES[dtype]!;
  for (const side of shape) {
    bytes *= side;
    if (!Number.isSafeInteger(bytes)) throw wrong(`of shape [${clip(String(shape))}] is too large to exist`);
  }
  if (bytes !== end - begin) {
    throw wrong(
      `of shape [${clip(String(shape))}] and dtype ${dtype} takes ${bytes} bytes, but ${end - begin} are set aside`,
    );
  }
  return { name, dtype, shape, offset: start + begin, bytes };
}

/** Refuses tensors (in order of offset) that do not fill the file from `start` to `fileSize` exactly. */
function checkCoverage(entries: readonly TensorEntry[], start: number, fileSize: number, file: string): void {
  let end = start;
  let last = "";
  for (const { name: whole, offset, bytes } of entries) {
    const name = clip(whole);
    if (offset < end) throw refuse(file, `tensor "${name}" overlaps tensor "${last}"`);
    if (offset > end) throw refuse(file, `${offset - end} bytes before tensor "${name}" belong to no tensor`);
    end += bytes;
    last = name;
    if (end > fileSize) {
      throw refuse(file, `tensor "${name}" ends at byte ${end}, but the file has ${fileSize}`);
    }
  }
  if (end < fileSize) throw refuse(file, `its last ${fileSize - end} bytes belong to no tensor`);
}

/**
 * Reads the header of the safetensors file named `file`, of `fileSize` bytes.
 * `bytes` is its beginning: as many as `headerBytes` says, or more. Trusts nothing that it reads:
 * whatever is wrong raises a "bad-checkpoint" that names the file and, where there is one, the tensor.
 */
export function parseHeader(bytes: Uint8Array, fileSize: number, file: string): SafetensorsHeader {
  const start = headerBytes(bytes, fileSize, file);
  if (bytes.length < start)
    throw refuse(file, `only ${bytes.length} of its header's ${start} bytes are there`);
  const { [METADATA]: stored, ...tensors } = parseJson(bytes.subarray(LENGTH_BYTES, start), file);
  const metadata = stored ?? {};
  if (!isObject(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    throw refuse(file, `${METADATA} does not map text to text`);
  }
  const entries = Object.entries(tensors)
    .map(([name, value]) => parseEntry(name, value, start, file))
    .sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  checkCoverage(entries, start, fileSize, file);
  return {
    entries: new Map(entries.map((entry) => [entry.name, entry])),
    metadata: metadata as Record<string, string>,
  };
}

/**
 * The bytes that a file opens with, and the places of its tensors in the order given, each right after the
 * one before. Padded with spaces so that the data start at a multiple of eight. `format: "pt"` is what
 * transformers asks of files that it opens.
 */
export function serializeHeader(
  tensors: readonly Pick<TensorEntry, "name" | "dtype" | "shape">[],
  metadata: Readonly<Record<string, string>> = { format: "pt" },
): { bytes: Uint8Array; entries: TensorEntry[] } {
  let end = 0;
  const places = tensors.map(({ name, dtype, shape }) => {
    const offset = end;
    const bytes = bytesOf(shape, dtype);
    end += bytes;
    return { name, dtype, shape, offset, bytes };
  });
  const json = JSON.stringify(
    Object.fromEntries<unknown>([
      [METADATA, metadata],
      ...places.map(({ name, dtype, shape, offset, bytes }): [string, unknown] => [
        name,
        { dtype, shape, data_offsets: [offset, offset + bytes] },
      ]),
    ]),
  );
  const text = new TextEncoder().encode(json);
  const start = LENGTH_BYTES + Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(start).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - LENGTH_BYTES), true);
  bytes.set(text, LENGTH_BYTES);
  return { bytes, entries: places.map((place) => ({ ...place, offset: start + place.offset })) };
}
