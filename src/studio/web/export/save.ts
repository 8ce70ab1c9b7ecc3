// What is on screen as a file: the code that writes it is fetched when it is asked for.
import type { About } from "../../protocol.ts";
import type { Clock } from "../play/clock.ts";
import type { Recording } from "../recording.ts";
import type { PictureTheme } from "./palette.ts";

export const EXPORTS = ["gif", "png", "svg", "trace"] as const;
export type Export = (typeof EXPORTS)[number];

/** What is seen of some recordings. */
export interface Seen {
  readonly recordings: readonly Recording[];
  /** How many shots of each have been shown, for still pictures. */
  readonly steps: readonly number[];
  readonly clock: Clock;
  /** As of a player (see play/clock.ts), for the GIF. */
  readonly speed: number;
  /** Whether cells are shaded by confidence. */
  readonly heat: boolean;
  readonly theme: PictureTheme;
  readonly about: Pick<About, "versions" | "device">;
}

const ENDINGS: Readonly<Record<Export, string>> = { gif: "gif", png: "png", svg: "svg", trace: "jsonl" };

/** A file's name: the task and the decoders, in letters that any system takes. */
export function fileName(kind: Export, { recordings }: Pick<Seen, "recordings">): string {
  const words = [recordings[0]?.task ?? "jigsaw", ...recordings.map(({ decoder }) => decoder)].join("-");
  return `${words.replaceAll(/[^\w.-]+/g, "-").slice(0, 80)}.${ENDINGS[kind]}`;
}

async function bytesOf(kind: Export, seen: Seen, signal?: AbortSignal): Promise<[BlobPart, type: string]> {
  const { recordings, steps, theme, heat } = seen;
  if (kind === "trace") {
    const { writeRecordings } = await import("./trace.ts");
    return [writeRecordings(recordings, seen.about), "application/jsonl"];
  }
  const { lanesOf, panelOf } = await import("./recordings.ts");
  const title = recordings[0]?.task ?? "";
  const options = { title, paint: heat ? "confidence" : "colours" } as const;
  if (kind === "gif") {
    const { gif } = await import("./gif.ts");
    const lanes = lanesOf(recordings, seen.clock, seen.speed);
    return [await gif(lanes, { ...options, theme, ...(signal && { signal }) }), "image/gif"];
  }
  const { layOut } = await import("./scene.ts");
  const scene = layOut([recordings.map((recording, i) => panelOf(recording, steps[i]!))], options);
  if (kind === "png") return [await (await import("./png.ts")).png(scene, theme), "image/png"];
  const { svg } = await import("./svg.ts");
  const shown = recordings.map(({ decoder }) => decoder).join(", ");
  return [svg(scene, theme, `${title}: ${shown}`), "image/svg+xml"];
}

/** The file's bytes. An aborted signal stops a GIF that is being made. */
export async function fileOf(kind: Export, seen: Seen, signal?: AbortSignal): Promise<Blob> {
  const [bytes, type] = await bytesOf(kind, seen, signal);
  return new Blob([bytes], { type });
}

/** Hands a file to the browser, as a download. */
export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // A download that has begun keeps what it needs.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
