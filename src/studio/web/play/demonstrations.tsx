// A puzzle at a glance: its demonstrations and the input that is asked about.
import type { Grid } from "../../../arc/grid.ts";
import { Select } from "../components/controls.tsx";
import { Arrow } from "../components/icons.tsx";
import { Picture } from "../components/picture.tsx";
import type { Puzzle } from "../state/puzzle.ts";
import { openPuzzle, testOf } from "../state/puzzle.ts";
import { hashOf } from "../state/routes.ts";
import "./demonstrations.css";

interface PairProps {
  readonly input: Grid;
  readonly output: Grid | undefined;
  readonly name: string;
  /** The longer side of a picture, at most, in pixels. */
  readonly most: number;
  /** The side of a cell, at most, in pixels. */
  readonly side?: number;
}

/** Both at one scale, so that sizes can be compared. */
export function PairPictures({ input, output, name, most, side = 20 }: PairProps) {
  const longest = Math.max(...[input, output ?? input].flatMap((grid) => [grid.length, grid[0]!.length]));
  const cell = Math.min(side, most / longest);
  return (
    <div class="pair">
      <Picture grid={input} label={`Input of ${name}`} cell={cell} most={most} />
      <span class="pair-arrow" aria-hidden="true">
        <Arrow />
      </span>
      {output ? (
        <Picture grid={output} label={`Output of ${name}`} cell={cell} most={most} />
      ) : (
        <span class="quiet">?</span>
      )}
    </div>
  );
}

/** The demonstrations and the test input that is asked about. */
export function Demonstrations({ puzzle }: { readonly puzzle: Puzzle }) {
  const { task, test } = puzzle;
  return (
    <section class="demonstrations" aria-labelledby="demonstrations">
      <div class="row apart">
        <h2 id="demonstrations" class="puzzle-name" data-testid="puzzle-name">
          {task.id}
        </h2>
        <a class="small" href={hashOf("puzzles")}>
          Another
        </a>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: on a phone it scrolls sideways, by keys too */}
      <ol class="pairs" tabIndex={0} aria-label="Demonstrations">
        {task.train.map(({ input, output }, i) => (
          <li key={i}>
            <PairPictures input={input} output={output} name={`demonstration ${i + 1}`} most={104} />
          </li>
        ))}
      </ol>
      <div class="asked">
        <h3 class="quiet">Test input</h3>
        {task.test.length > 1 && (
          <Select
            label="Which test input"
            bare
            value={String(test)}
            choices={task.test.map((_, i) => ({
              value: String(i),
              label: `${i + 1} of ${task.test.length}`,
            }))}
            onChange={(value) => openPuzzle(task, Number(value))}
          />
        )}
        <Picture grid={testOf(puzzle).input} label="Test input" cell={20} most={120} />
      </div>
    </section>
  );
}
