import { createReadStream } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip, gunzipSync } from "node:zlib";
import { badTask } from "../arc/check.ts";
import { parseJson } from "../arc/task-json.ts";
import { JigsawError } from "../core/errors.ts";
import { ioError } from "../files/atomic.ts";

/** The most text that one file may hold, once unpacked: about as much as one string can. */
const MOST_BYTES = 2 ** 29 - 24;

/** The error for a file that cannot be read, or holds no text. */
export function fileError(path: string, error: unknown): unknown {
  const { code = "", message } = error as NodeJS.ErrnoException;
  // The path leads through a file.
  if (code === "ENOTDIR")
    return new JigsawError("not-found", `${path}: no such file or folder`, "Check the path.");
  if (code === "ERR_BUFFER_TOO_LARGE" || code === "ERR_STRING_TOO_LONG")
    return badTask({ file: path }, `holds more than ${MOST_BYTES} bytes of text`, "Split it.");
  if (code.startsWith("Z_"))
    return badTask({ file: path }, `damaged or incomplete gzip data (${message})`, "Fetch the file again.");
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") return badTask({ file: path }, "not UTF-8 text");
  return ioError(error, path, "Check the file and its permissions.");
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Reads a JSON file, gzipped or not. */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    const bytes = await readFile(path);
    const plain = isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: MOST_BYTES }) : bytes;
    text = new TextDecoder("utf-8", { fatal: true }).decode(plain);
  } catch (error) {
    throw fileError(path, error);
  }
  return parseJson(text, path);
}

async function startsAsGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    return isGzip((await file.read({ buffer: new Uint8Array(2) })).buffer);
  } finally {
    await file.close();
  }
}

/** Yields the lines of a text file, gzipped or not, without holding more of it than a line. */
export async function* readLines(path: string): AsyncGenerator<string> {
  let parts: string[] = [];
  try {
    const gzip = await startsAsGzip(path);
    const bytes = createReadStream(path);
    // The callback is empty as a failure of either stream reaches the loop below through the last one.
    const plain = gzip ? pipeline(bytes, createGunzip(), () => {}) : bytes;
    for await (const chunk of plain.setEncoding("utf8") as AsyncIterable<string>) {
      const [first, ...others] = chunk.split("\n");
      parts.push(first!);
      for (const start of others) {
        yield parts.join("");
        parts = [start];
      }
    }
  } catch (error) {
    throw fileError(path, error);
  }
  yield parts.join("");
}
