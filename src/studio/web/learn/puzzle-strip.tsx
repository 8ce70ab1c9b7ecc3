// A puzzle in one line: its demonstrations, and the input that is asked about.
import type { StudioTask } from "../../shared/tasks.ts";
import { PairPictures } from "../play/demonstrations.tsx";

interface PuzzleStripProps {
  readonly task: StudioTask;
  /** Shows the answer beside the test input. */
  readonly solved?: boolean;
}

/** A puzzle's pairs in one line. */
export function PuzzleStrip({ task, solved = false }: PuzzleStripProps) {
  const { input, output } = task.test[0]!;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what may scroll sideways must be reached by keyboard
    <ol class="learn-strip" aria-label="The puzzle" tabIndex={0}>
      {task.train.map((pair, i) => (
        <li key={i}>
          <span class="small quiet">Demonstration {i + 1}</span>
          <PairPictures input={pair.input} output={pair.output} name={`demonstration ${i + 1}`} most={84} />
        </li>
      ))}
      <li class="learn-asked">
        <span class="small quiet">Test input</span>
        <PairPictures input={input} output={solved ? output : undefined} name="the test" most={84} />
      </li>
    </ol>
  );
}
