// jigsaw data pull arc-agi-1
import { relative, resolve } from "node:path";
import { Command } from "commander";
import { JigsawError } from "../core/errors.ts";
import { type PulledData, pullData } from "../hub/pull-data.ts";
import { type Source, sources } from "../hub/sources.ts";
import { withInterrupt } from "./harness.ts";
import { fetchView } from "./progress.ts";
import { bytes, plural } from "./terminal.ts";

const known: Readonly<Record<string, Source>> = sources;

const HELP = `
Data sets:
${Object.entries(known)
  .map(([name, { title, licence }]) => `  ${name.padEnd(10)} ${title}, ${licence}`)
  .join("\n")}

Each is one commit of its repository on GitHub. Every task is checked for its form, and those whose content is known
to this program against a checksum. What came is written down in jigsaw-data.lock beside it; calling again checks the
data against that. JIGSAW_DATA_ENDPOINT names another server with the same paths.

Example:
  jigsaw data pull arc-agi-1
  jigsaw train --data data/arc-agi-1/training`;

interface Flags {
  readonly out?: string;
  readonly force?: boolean;
  readonly unverified?: boolean;
}

export function dataCommand(): Command {
  const command = new Command("data").description("Public data sets of ARC puzzles.");
  command
    .command("pull")
    .description("Fetches a data set into a folder, one file a task, that --data reads.")
    .argument("<name>", Object.keys(known).join(", "))
    .option("--out <folder>", "where to put it (default: data/NAME)")
    .option("--force", "fetch it anew where it is already")
    .option("--unverified", "take it even if tasks differ from the ones known")
    .addHelpText("after", HELP)
    .action(pullAction);
  return command;
}

async function pullAction(name: string, flags: Flags): Promise<void> {
  const { out = `data/${name}`, force = false, unverified = false } = flags;
  const view = fetchView(process.stderr);
  const pull = async (signal: AbortSignal) => {
    const pulled = await pullData(name, out, {
      signal,
      force,
      unverified,
      onProgress: (what, done, total) =>
        view.progress(
          what === "download"
            ? { label: `${name}, archive`, done, total }
            : { label: `${name}, unpacking and checking`, done, total, unit: "tasks" },
        ),
    });
    view.end();
    for (const line of summary(name, out, pulled)) console.log(line);
  };
  const reason = () => new JigsawError("interrupted", "stopped", "The same command goes on from here.");
  await withInterrupt(pull, { reason }).finally(view.end);
}

/** The lines printed at the end: tasks of each split, how many were verified, and a command to try. */
function summary(name: string, out: string, { lock, present, known, differing }: PulledData): string[] {
  const folders = Object.entries(lock.splits).map(
    ([split, { tasks }]) => `${plural(tasks, "task")} in ${split}`,
  );
  const lines = [`${name}: ${folders.join(", ")}${present ? " (there already, as fetched)" : ""}`];
  if (!present) {
    const equal = known - differing.length;
    lines.push(
      `${plural(lock.archive.bytes, "byte")} (${bytes(lock.archive.bytes)}), commit ${lock.commit.slice(0, 7)}; ` +
        (known
          ? `${equal} of ${plural(known, "known task")} verified`
          : "no checksum is known, so trusted as it came") +
        "; checksums in jigsaw-data.lock",
    );
    if (differing.length) lines.push(`Differing: ${differing.join(", ")}`);
  }
  const [split] = Object.keys(lock.splits);
  const path = relative(process.cwd(), resolve(out, split!));
  lines.push(`Now try: jigsaw train --data ${path.startsWith("..") ? resolve(out, split!) : path}`);
  return lines;
}
