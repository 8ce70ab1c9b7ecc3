// Reads a GIF as its specification (GIF89a) says, into full pictures; knows nothing of what wrote it.

export interface GifPicture {
  readonly width: number;
  readonly height: number;
  /** "#rrggbb" of each pixel, with what stays from the pictures before. */
  readonly colours: readonly string[];
  /** In hundredths of a second. */
  readonly delay: number;
}

/** LZW with codes that begin one bit longer than `size`. */
function unpack(bytes: readonly number[], size: number): number[] {
  const [clear, end] = [1 << size, (1 << size) + 1];
  const out: number[] = [];
  let table: number[][] = [];
  let [width, position] = [size + 1, 0];
  let before: number[] | undefined;
  const reset = () => {
    table = Array.from({ length: end + 1 }, (_, i) => (i < clear ? [i] : []));
    [width, before] = [size + 1, undefined];
  };
  reset();
  for (;;) {
    let code = 0;
    for (let bit = 0; bit < width; bit++, position++) {
      code |= ((bytes[position >> 3]! >> (position & 7)) & 1) << bit;
    }
    if (code === end || position > bytes.length * 8) return out;
    if (code === clear) {
      reset();
      continue;
    }
    const entry = table[code] ?? [...before!, before![0]!];
    for (const index of entry) out.push(index);
    if (before && table.length < 4096) table.push([...before, entry[0]!]);
    before = entry;
    if (table.length === 1 << width && width < 12) width++;
  }
}

export function decodeGif(bytes: Uint8Array): { pictures: GifPicture[]; loops: number | undefined } {
  let at = 0;
  const byte = () => bytes[at++]!;
  const word = () => byte() | (byte() << 8);
  const text = (length: number) => String.fromCharCode(...Array.from({ length }, byte));
  const table = (size: number) =>
    Array.from({ length: size }, () => `#${Buffer.from([byte(), byte(), byte()]).toString("hex")}`);
  const blocks = () => {
    const all: number[] = [];
    for (let length = byte(); length; length = byte()) for (let i = 0; i < length; i++) all.push(byte());
    return all;
  };
  if (text(6) !== "GIF89a") throw new Error("no GIF89a");
  const [width, height, fields] = [word(), word(), byte()];
  at += 2;
  const shared = fields & 128 ? table(2 << (fields & 7)) : [];
  const pictures: GifPicture[] = [];
  let canvas: string[] = new Array(width * height).fill("none");
  let [delay, hidden, loops] = [0, -1, undefined as number | undefined];
  for (;;) {
    const kind = byte();
    if (kind === 0x3b) return { pictures, loops };
    if (kind === 0x21) {
      const label = byte();
      const data = blocks();
      if (label === 0xf9) [delay, hidden] = [data[1]! | (data[2]! << 8), data[0]! & 1 ? data[3]! : -1];
      if (label === 0xff && String.fromCharCode(...data.slice(0, 11)) === "NETSCAPE2.0")
        loops = data[12]! | (data[13]! << 8);
      continue;
    }
    if (kind !== 0x2c) throw new Error(`block ${kind} at ${at}`);
    const [left, top, columns, rows, flags] = [word(), word(), word(), word(), byte()];
    const colours = flags & 128 ? table(2 << (flags & 7)) : shared;
    const size = byte();
    const indices = unpack(blocks(), size);
    if (indices.length !== columns * rows) throw new Error(`${indices.length} pixels of ${columns * rows}`);
    canvas = [...canvas];
    for (const [i, index] of indices.entries()) {
      if (index === hidden) continue;
      canvas[(top + Math.floor(i / columns)) * width + left + (i % columns)] = colours[index]!;
    }
    pictures.push({ width, height, colours: canvas, delay });
  }
}
