// jigsaw puzzles generate --family gravity --count 3 --seed 7 --out puzzles/
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import * as z from "zod";
import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import { lookUp } from "../core/names.ts";
import { random } from "../core/random.ts";
import { readTasks } from "../datasets/index.ts";
import { ioError, writeFolderAtomically } from "../files/atomic.ts";
import { drawPuzzle, type Family, families, generatePuzzle, type Level, levels } from "../puzzles/index.ts";
import { addOptions, readOptions } from "./options.ts";
import { drawGrid, plural, sideBySide, stylesFor } from "./terminal.ts";

const known: Readonly<Record<string, Family>> = families;

/** How a puzzle is drawn. */
const drawing = {
  level: z
    .enum(Object.keys(levels) as [Level, ...Level[]])
    .default("easy")
    .describe("sides of 3-6, 6-12 or 12-20 cells"),
  seed: z.int().default(1).describe("the same seed gives the same puzzles"),
  demonstrations: z.int().min(2).max(4).default(3).describe("demonstrations of each puzzle"),
};

const generateOptions = z.object({
  family: z.array(z.string()).optional().describe("families by name (default: all)"),
  ...drawing,
  count: z.int().positive().default(1).describe("puzzles of each family"),
  out: z.string().describe("folder for the puzzles, a file each (needed)"),
  force: z
    .boolean()
    .default(false)
    .describe("write into a folder that holds other files, and over its puzzles"),
});
const showOptions = z.object(drawing);

export function puzzlesCommand(): Command {
  const command = new Command("puzzles")
    .description("Procedural puzzles: endless, from a seed, in families of one idea each.")
    .option("--list", "list the families (the default)")
    .option("--json", "list them as JSON")
    .action(listAction);
  command.addCommand(
    addOptions(new Command("generate"), generateOptions)
      .description(
        "write puzzles to files: ARC's JSON, one file each, named by family, level, seed and number",
      )
      .action(generateAction),
  );
  command.addCommand(
    addOptions(new Command("show"), showOptions)
      .description("draw a family's puzzle, or the puzzles of a file")
      .argument("<what>", "a family's name, or a file of tasks")
      .action(showAction),
  );
  return command;
}

function listAction({ json }: { json?: boolean }): void {
  const list = Object.values(known).map(({ name, idea, resizes, heldOut = false }) => ({
    name,
    idea,
    resizes,
    heldOut,
  }));
  if (json) {
    console.log(JSON.stringify(list, null, 2));
    return;
  }
  const { bold, dim } = stylesFor(process.stdout);
  const wide = Math.max(...list.map(({ name }) => name.length));
  for (const { name, idea, resizes, heldOut } of list) {
    const notes = [resizes ? "resizes" : "", heldOut ? "never trained on" : ""].filter(Boolean).join(", ");
    console.log(`${bold(name.padEnd(wide))}  ${idea}${notes ? dim(`  (${notes})`) : ""}`);
  }
  const resizing = list.filter(({ resizes }) => resizes).length;
  const heldOut = list.filter((family) => family.heldOut).length;
  console.log(
    `\n${list.length} families: ${resizing} change the grid's size, ${heldOut} are never trained on.`,
  );
}

/** The puzzle of a number; three demonstrations are the usual, and others make other puzzles of another name. */
function puzzle(family: Family, level: Level, seed: number, index: number, demonstrations: number): Task {
  if (demonstrations === 3) return generatePuzzle(family, level, seed, index);
  const key = [family.name, level, seed, index, `of-${demonstrations}`];
  return {
    id: key.join("-"),
    ...drawPuzzle(family, level, random("puzzle", ...key), demonstrations as 2 | 4),
  };
}

const taskText = ({ train, test }: Task): string => `${JSON.stringify({ train, test })}\n`;

async function generateAction(raw: Readonly<Record<string, unknown>>): Promise<void> {
  const { family, level, seed, count, demonstrations, out, force } = readOptions(generateOptions, raw);
  const chosen = family ? family.map((name) => lookUp("family", known, name)) : Object.values(known);
  const files = new Map<string, string>();
  for (const one of chosen) {
    for (let i = 0; i < count; i++) {
      const task = puzzle(one, level, seed, i, demonstrations);
      files.set(`${task.id}.json`, taskText(task));
    }
  }
  if (!force) await refuseOthers(out, files);
  await writeFolderAtomically(out, async (staging) => {
    for (const [name, text] of files) await writeFile(join(staging, name), text);
  });
  console.log(`${plural(files.size, "puzzle")} of ${plural(chosen.length, "family", "families")} in ${out}`);
}

/** Refuses a folder that holds anything but files that would be written again just as they are. */
async function refuseOthers(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const present = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw ioError(error, folder);
  });
  for (const name of present) {
    const same = files.has(name) && (await readFile(join(folder, name), "utf8")) === files.get(name);
    if (same) continue;
    const what = files.has(name) ? `another ${name}` : `other files (${name})`;
    throw new JigsawError(
      "bad-option",
      `${folder} holds ${what}`,
      "Name another --out, or write into it with --force.",
    );
  }
}

async function showAction(what: string, raw: Readonly<Record<string, unknown>>): Promise<void> {
  const { level, seed, demonstrations } = readOptions(showOptions, raw);
  const family = Object.hasOwn(known, what) ? known[what] : undefined;
  const tasks = family ? [puzzle(family, level, seed, 0, demonstrations)] : await readTasks([what]);
  const { bold } = stylesFor(process.stdout);
  for (const { id, train, test } of tasks) {
    console.log(bold(id));
    for (const [i, { input, output }] of [...train, ...test].entries()) {
      const title = i < train.length ? `demonstration ${i + 1}` : "test";
      const grids = [drawGrid(input), ["->"], output ? drawGrid(output) : ["?"]];
      console.log(`${title}\n${sideBySide(grids, 2).join("\n")}\n`);
    }
  }
}
