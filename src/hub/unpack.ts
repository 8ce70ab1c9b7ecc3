/** Unpacks a data set's archive to a folder of tasks; checks each, and all against the known checksums. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { badTask, checkTask } from "../arc/check.ts";
import type { Pair } from "../arc/task.ts";
import { parseJson } from "../arc/task-json.ts";
import { JigsawError } from "../core/errors.ts";
import { poolOfList } from "../datasets/re-arc.ts";
import { readArchive } from "./archives.ts";
import { compareWithKnown, marksOf, sha256, taskDigest } from "./content.ts";
import { knownTasks } from "./known-tasks.ts";
import { interrupted } from "./request.ts";
import type { Source } from "./sources.ts";

/** The pairs of a task's file, which is ARC's (with all answers) or a list of RE-ARC's. */
function pairsOf(bytes: Buffer, id: string, file: string): readonly Pair[] {
  const value = parseJson(bytes.toString("utf8"), file);
  if (Array.isArray(value)) {
    const { size, pair } = poolOfList(value, id, file);
    return Array.from({ length: size }, (_, i) => pair(i));
  }
  const { train, test } = checkTask(value, id, file);
  return [...train, ...test].map((pair) => {
    if (!pair.output) throw badTask({ file, task: id }, "a test without its answer");
    return { input: pair.input, output: pair.output };
  });
}

export interface Unpacked {
  /** Of each folder, by id: the checksum of the task, and of its file's bytes. */
  readonly tasks: ReadonlyMap<string, Map<string, string>>;
  readonly bytes: ReadonlyMap<string, Map<string, string>>;
}

/** Writes an archive's tasks into `folder`, each checked. */
export async function unpack(
  archive: string,
  source: Source,
  folder: string,
  onTask: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<Unpacked> {
  const splits = Object.keys(source.splits);
  const fresh = () => new Map(splits.map((split) => [split, new Map<string, string>()]));
  const [tasks, bytes] = [fresh(), fresh()];
  for (const split of splits) await mkdir(join(folder, split), { recursive: true });
  let done = 0;
  const total = Object.values(source.splits).reduce((a, b) => a + b, 0);
  await readArchive(archive, source.kind, source.files, async ([path, split = "", id = ""], content) => {
    if (signal?.aborted) throw interrupted();
    if (tasks.get(split)!.has(id)) throw badTask({ file: path, task: id }, "is in the archive twice");
    tasks.get(split)!.set(id, taskDigest(pairsOf(content, id, path)));
    bytes.get(split)!.set(id, sha256(content));
    await writeFile(join(folder, split, `${id}.json`), content);
    onTask(++done, total);
  });
  return { tasks, bytes };
}

/** Refuses data with other counts of tasks than they must have; compares the tasks that are known. */
export function compare(
  name: string,
  source: Source,
  { tasks }: Unpacked,
): { known: number; differing: string[] } {
  const results = Object.entries(source.splits).map(([split, expected]) => {
    const found = tasks.get(split)!;
    if (found.size !== expected) {
      const problem = `${found.size} tasks in ${split}, expected ${expected}`;
      throw new JigsawError("bad-task", `${name}: ${problem}`, "Is the archive another release's?");
    }
    return compareWithKnown(`${name}/${split}`, found);
  });
  if (name === "re-arc") {
    const rules = knownTasks
      .filter(({ of }) => of.includes("arc-agi-1/training"))
      .flatMap((group) => [...marksOf(group).keys()]);
    const lacking = rules.filter((id) => !tasks.get("tasks")!.has(id));
    if (lacking.length) throw new JigsawError("bad-task", `re-arc: has no rule ${lacking[0]}`);
  }
  return {
    known: results.reduce((sum, { known }) => sum + known, 0),
    differing: results.flatMap(({ differing }) => differing),
  };
}
