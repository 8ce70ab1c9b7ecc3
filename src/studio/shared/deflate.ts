// Deflate with what browsers and Node have built in.

/** With the header and checksum of zlib, or without. */
export type Deflated = "deflate" | "deflate-raw";

/** All that comes out of a stream; undefined, and no more is read, once it is more than `most` bytes. */
async function readAll(
  stream: ReadableStream<Uint8Array>,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    parts.push(next.value);
    length += next.value.length;
    if (length > most) {
      await reader.cancel();
      return undefined;
    }
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const through = (bytes: Uint8Array<ArrayBuffer>, by: CompressionStream | DecompressionStream) =>
  new Blob([bytes]).stream().pipeThrough(by);

/** Compresses bytes. */
export async function deflate(
  bytes: Uint8Array<ArrayBuffer>,
  format: Deflated,
): Promise<Uint8Array<ArrayBuffer>> {
  return (await readAll(through(bytes, new CompressionStream(format)), Number.POSITIVE_INFINITY))!;
}

/**
 * Undefined for what swells to more than `most` bytes.
 * @throws TypeError for what is not deflated, or is cut off
 */
export const inflate = (
  bytes: Uint8Array<ArrayBuffer>,
  format: Deflated,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> =>
  readAll(through(bytes, new DecompressionStream(format)), most);
