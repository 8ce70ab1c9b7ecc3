// What is on screen as a file.
import { Menu } from "../components/menu.tsx";
import type { PictureTheme } from "../export/inks.ts";
import { aboutBackend } from "../state/backend.ts";
import type { Clock } from "../state/clock.ts";
import { notifyError } from "../state/notices.ts";
import { heat, theme } from "../state/preferences.ts";
import type { Recording } from "../state/recording.ts";

/** What is on screen, for files to show the same. */
export interface Exported {
  readonly recordings: readonly Recording[];
  /** How many steps of each recording are seen; 0 is before the first. */
  readonly steps: readonly number[];
  readonly clock: Clock;
  readonly speed: number;
}

/** Offers content as a download. */
export function save(name: string, content: BlobPart, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  // Some browsers read it after the click has returned.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const pictureTheme = (): PictureTheme => {
  const chosen = theme.get();
  if (chosen !== "system") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
};

async function sceneOf({ recordings, steps }: Exported) {
  const [{ panelOf }, { layOut }] = await Promise.all([
    import("../export/recordings.ts"),
    import("../export/scene.ts"),
  ]);
  const paint = heat.get() ? "confidence" : "colours";
  const panels = recordings.map((recording, i) => panelOf(recording, steps[i]!));
  return layOut([panels], { title: recordings[0]!.task, paint });
}

const write = {
  async gif({ recordings, clock, speed }: Exported): Promise<[BlobPart, string]> {
    const [{ lanesOf }, { gif }] = await Promise.all([
      import("../export/recordings.ts"),
      import("../export/gif.ts"),
    ]);
    const paint = heat.get() ? "confidence" : "colours";
    return [await gif(lanesOf(recordings, clock, speed), { theme: pictureTheme(), paint }), "image/gif"];
  },
  async png(shown: Exported): Promise<[BlobPart, string]> {
    const { png } = await import("../export/png.ts");
    return [await png(await sceneOf(shown), pictureTheme()), "image/png"];
  },
  async svg(shown: Exported): Promise<[BlobPart, string]> {
    const { svg } = await import("../export/svg.ts");
    return [svg(await sceneOf(shown), pictureTheme(), shown.recordings[0]!.task), "image/svg+xml"];
  },
  async jsonl({ recordings }: Exported): Promise<[BlobPart, string]> {
    const { writeRecordings } = await import("../export/trace-file.ts");
    return [writeRecordings(recordings, await aboutBackend()), "application/jsonl"];
  },
};

const LABELS = {
  gif: "GIF, moving",
  png: "PNG of this step",
  svg: "SVG of this step",
  jsonl: "Trace, to replay",
} as const;

/** A menu of the files that the screen can be saved as. */
export function ExportMenu({ shown }: { readonly shown: Exported }) {
  const act = async (kind: keyof typeof write) => {
    const [content, type] = await write[kind](shown);
    save(`${shown.recordings[0]!.task}.${kind}`, content, type);
  };
  return (
    <Menu
      label="Export"
      disabled={shown.recordings.length === 0}
      testid="export"
      items={(Object.keys(LABELS) as (keyof typeof LABELS)[]).map((kind) => ({
        label: LABELS[kind],
        testid: `export-${kind}`,
        act: () => void act(kind).catch(notifyError),
      }))}
    />
  );
}
