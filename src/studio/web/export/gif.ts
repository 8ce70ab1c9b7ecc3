// Lanes that change in time as an animated GIF.
import { GIFEncoder } from "gifenc/dist/gifenc.esm.js";
import { type PictureTheme, paletteOf } from "./inks.ts";
import { rasterize } from "./raster.ts";
import { layOut, type Panel, roomForAll, type SceneOptions } from "./scene.ts";

/** What a lane shows from a time on, in milliseconds. */
export interface Still {
  readonly at: number;
  readonly panel: Panel;
}

/** In the order of their times. */
export type Lane = readonly Still[];

/** How a GIF looks, and how its making can be followed and stopped. */
export interface GifOptions extends SceneOptions {
  readonly theme?: PictureTheme;
  /** Milliseconds for which the last picture stands before all begins again. */
  readonly hold?: number;
  readonly signal?: AbortSignal;
  /** ServerEvent after each picture. */
  readonly progress?: (done: number, total: number) => void;
}

/** Stills nearer than this are one picture: browsers slow down GIFs that are quicker. In milliseconds. */
const TICK = 40;
const MOST_PICTURES = 400;

/** The times at which anything changes, with the panel that each lane then shows. */
export function timeline(lanes: readonly Lane[]): { at: number; panels: Panel[] }[] {
  const times = lanes.flatMap((lane) => lane.map(({ at }) => at));
  const end = Math.max(0, ...times);
  const tick = Math.max(TICK, Math.ceil(end / MOST_PICTURES));
  const ticks = [...new Set([0, ...times.map((at) => Math.ceil(at / tick) * tick)])].sort((a, b) => a - b);
  const rooms = lanes.map((lane) => roomForAll(lane.map(({ panel }) => panel)));
  return ticks.map((at) => ({
    at,
    panels: lanes.map((lane, l) => ({
      ...lane.findLast((still) => still.at <= at)?.panel,
      room: rooms[l]!,
    })),
  }));
}

/** Bytes of a GIF that plays the lanes side by side, again and again. An aborted signal stops it. */
export async function gif(
  lanes: readonly Lane[],
  { theme = "light", hold = 2000, signal, progress, ...options }: GifOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const inks = paletteOf(theme);
  /** The ink of pixels that stay as they are. */
  const same = inks.length;
  const palette = [...inks, [0, 0, 0]];
  const encoder = GIFEncoder();
  const pictures = timeline(lanes);
  let before: Uint8Array | undefined;
  for (const [i, { at, panels }] of pictures.entries()) {
    // Whoever else has work on this thread goes first.
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    const scene = layOut([panels], options);
    const pixels = rasterize(scene);
    const changed = before ? pixels.map((ink, p) => (before![p] === ink ? same : ink)) : pixels;
    encoder.writeFrame(changed, scene.width, scene.height, {
      ...(i === 0 ? { palette, repeat: 0 } : { transparent: true, transparentIndex: same }),
      delay: (pictures[i + 1]?.at ?? at + hold) - at,
      dispose: 1,
    });
    before = pixels;
    progress?.(i + 1, pictures.length);
  }
  encoder.finish();
  return encoder.bytes();
}
