// A scene as a PNG with a palette (one byte a pixel).
import { deflate } from "../../shared/deflate.ts";
import { type PictureTheme, paletteOf } from "./inks.ts";
import { rasterize } from "./raster.ts";
import type { Scene } from "./scene.ts";

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];

/** The remainders of CRC-32 for each byte. */
const REMAINDERS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++)
    remainder = remainder & 1 ? 0xedb88320 ^ (remainder >>> 1) : remainder >>> 1;
  return remainder;
});

const crc32 = (bytes: Uint8Array): number =>
  ~bytes.reduce((crc, byte) => REMAINDERS[(crc ^ byte) & 255]! ^ (crc >>> 8), ~0) >>> 0;

/** Length, kind, data, checksum of kind and data. */
function chunk(kind: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(kind), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}

function header(width: number, height: number): Uint8Array {
  const bytes = new Uint8Array(13);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  // 8 bits, palette; deflate, no filters chosen, no interlacing.
  bytes.set([8, 3, 0, 0, 0], 8);
  return bytes;
}

/** The bytes of a PNG file. */
export async function png(scene: Scene, theme: PictureTheme = "light"): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height } = scene;
  const pixels = rasterize(scene);
  // Each row after the number of its filter, 0: pixels as they are.
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const parts = [
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", header(width, height)),
    chunk("PLTE", Uint8Array.from(paletteOf(theme).flat())),
    chunk("IDAT", await deflate(rows, "deflate")),
    chunk("IEND", new Uint8Array()),
  ];
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}
