// Opens a file that was dropped or chosen: a puzzle, a file of many, or a trace to replay.
import { JigsawError } from "../../../core/errors.ts";
import { aboutBackend } from "../state/backend.ts";
import { notify } from "../state/notices.ts";
import { openPuzzle, type Puzzle, puzzle, studioTask } from "../state/puzzle.ts";
import type { Recording } from "../state/recording.ts";
import { go, route } from "../state/route.ts";
import { dropped } from "./dropped.ts";
import { isTrace, MOST_FILE, tasksIn } from "./tasks-in-file.ts";

/** In bytes. */
const MOST_TRACE_FILE = 32 * 2 ** 20;

const tooLarge = ({ name, size }: File, most: number): JigsawError =>
  new JigsawError(
    "bad-task",
    `${name} has ${(size / 2 ** 20).toFixed(1)} MB; the studio reads up to ${most / 2 ** 20} MB`,
    "Is it the right file? A puzzle has a few kilobytes.",
  );

/** What a trace tells of its puzzle; the current one, where it is that. */
function puzzleOf({ task, test, input, answer }: Recording): Puzzle {
  const current = puzzle.get();
  const own =
    current.task.id === task && JSON.stringify(current.task.test[test]?.input) === JSON.stringify(input);
  if (own) return { task: current.task, test };
  const asked = { input, ...(answer && { output: answer }) };
  return { task: studioTask({ id: task, train: [], test: [asked] }), test: 0 };
}

async function openTrace(text: string, file: string): Promise<void> {
  const [decoders, { readRecordings }, { MOST_LANES }, { replay }] = await Promise.all([
    // Without what computes a trace can be seen all the same; only its options are not told.
    aboutBackend().then(
      (about) => about.decoders,
      () => [],
    ),
    import("../export/trace-file.ts"),
    import("../race/race.ts"),
    import("../race/race-store.ts"),
  ]);
  const recordings = readRecordings(text, file, decoders);
  const [first] = recordings;
  // Decodings of other puzzles cannot stand beside it.
  const comparable = recordings.filter(({ task, test }) => task === first!.task && test === first!.test);
  replay(puzzleOf(first!), comparable.slice(0, MOST_LANES));
  go("race");
  notify("done", `Replaying ${file}`);
}

/**
 * Opens a file of puzzles, or a trace, wherever it came from.
 * @throws JigsawError "bad-task" for any other file
 */
export async function openFile(file: File): Promise<void> {
  const most = /\.jsonl$/i.test(file.name) ? MOST_TRACE_FILE : MOST_FILE;
  if (file.size > most) throw tooLarge(file, most);
  const text = await file.text();
  if (isTrace(text, file.name)) return openTrace(text, file.name);
  const tasks = tasksIn(text, file.name);
  if (tasks.length > 1) {
    dropped.set({ name: file.name, tasks });
    go("puzzles", { from: "file" });
    return;
  }
  openPuzzle(tasks[0]!);
  const { view } = route.get();
  if (view !== "touch" && view !== "race") go("touch");
  notify("done", `Opened ${tasks[0]!.id}`);
}
