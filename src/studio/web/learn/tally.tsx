// One puzzle shows how something works, not how often: several decoders on the same fresh puzzles, counted.
import { useEffect, useRef, useState } from "preact/hooks";
import { equalGrids } from "../../../arc/grid.ts";
import type { StudioTask } from "../../shared/tasks.ts";
import { Button } from "../components/controls.tsx";
import { whenDone } from "./decode-cache.ts";

/** A way of decoding to be counted. */
export interface TallyEntry {
  readonly title: string;
  readonly decoder: string;
  readonly model: string;
}

interface Count {
  readonly solved: number;
  readonly passes: number;
}

const AT_ONCE = 12;

/** Puzzles of different families that the models were not trained on. */
async function fresh(count: number, round: number): Promise<StudioTask[]> {
  const [{ freshPuzzles }, { trainedFamilies }] = await Promise.all([
    import("../../../evaluate/puzzle-sets.ts"),
    import("../../../puzzles/index.ts"),
  ]);
  const all = freshPuzzles(trainedFamilies, ["easy"], count * (round + 1), 4100);
  return all.slice(-count).map(({ task }) => task as StudioTask);
}

async function countUp(
  entries: readonly TallyEntry[],
  round: number,
  tell: (entry: number, solved: boolean, passes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const task of await fresh(AT_ONCE, round)) {
    const answer = task.test[0]!.output!;
    for (const [i, { decoder, model }] of entries.entries()) {
      const run = await whenDone({ task, decoder, model }, signal);
      const [first] = run.candidates;
      tell(i, first !== undefined && equalGrids(first, answer), run.shots.at(-1)?.frame.pass ?? 0);
    }
  }
}

/** A button that decodes fresh puzzles in several ways, and the table of what they solved. */
export function Tally({
  entries,
  testid,
}: {
  readonly entries: readonly TallyEntry[];
  readonly testid?: string;
}) {
  const [counts, setCounts] = useState<readonly Count[]>(entries.map(() => ({ solved: 0, passes: 0 })));
  const [puzzles, setPuzzles] = useState(0);
  const [running, setRunning] = useState(false);
  const [error, setError] = useState("");
  const round = useRef(0);
  const stop = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const run = async () => {
    stop.current = new AbortController();
    const { signal } = stop.current;
    setRunning(true);
    setError("");
    const tell = (entry: number, solved: boolean, passes: number) => {
      if (signal.aborted) return;
      setCounts((now) =>
        now.map((count, i) =>
          i === entry ? { solved: count.solved + Number(solved), passes: count.passes + passes } : count,
        ),
      );
      if (entry === entries.length - 1) setPuzzles((now) => now + 1);
    };
    try {
      await countUp(entries, round.current++, tell, signal);
    } catch (reason) {
      if (!signal.aborted) setError(reason instanceof Error ? reason.message : String(reason));
    }
    if (!signal.aborted) setRunning(false);
  };
  return (
    <div class="learn-tally" data-testid={testid} data-puzzles={puzzles}>
      <div class="row">
        <Button disabled={running} onClick={() => void run()} testid="tally">
          {running
            ? `Asking, ${puzzles} so far`
            : puzzles > 0
              ? `Ask ${AT_ONCE} more`
              : `Ask ${AT_ONCE} other puzzles`}
        </Button>
        {error && <span class="small bad">{error}</span>}
      </div>
      {puzzles > 0 && (
        <table class="data-table">
          <caption class="small quiet">
            {puzzles} easy puzzles that the models were not trained on. So few tell little: one more or less
            is chance.
          </caption>
          <thead>
            <tr>
              <th scope="col">How</th>
              <th scope="col">Solved</th>
              <th scope="col">Passes, mean</th>
            </tr>
          </thead>
          <tbody>
            {entries.map(({ title }, i) => (
              <tr key={title}>
                <th scope="row">{title}</th>
                <td>{counts[i]!.solved}</td>
                <td>{(counts[i]!.passes / puzzles).toFixed(1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
