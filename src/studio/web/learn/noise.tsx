// Part 2: hiding cells and asking for them, which is all that a masked diffusion model is trained to do.
import { useState } from "preact/hooks";
import type { StudioTask } from "../../shared/tasks.ts";
import { Button, Slider } from "../components/controls.tsx";
import { Distribution } from "../components/distribution.tsx";
import { Grid } from "../components/grid.tsx";
import { percent } from "../components/labels.ts";
import { echo } from "./example-puzzles.ts";
import { ask, useAsked } from "./inspecting.ts";
import { LossPlot } from "./loss-plot.tsx";
import { BLIND, guesses, hide, hidingOrder, levels, lossOf, meanLoss } from "./masking.ts";
import { PuzzleStrip } from "./puzzle-strip.tsx";

const MODEL = "jigsaw-adapted";
const TYPEWRITER = "typewriter-tiny";
const MOST_LEVELS = 10;

const nats = (loss: number): string => loss.toFixed(loss < 0.1 ? 3 : 2);

/** Mean losses at some levels of noise, from a few cells to all. */
async function measure(task: StudioTask, seed: number, signal: AbortSignal) {
  const answer = task.test[0]!.output!;
  const cells = answer.flat();
  const order = hidingOrder(cells.length, seed);
  const points: { hidden: number; loss: number }[] = [];
  for (const hidden of levels(cells.length, MOST_LEVELS)) {
    signal.throwIfAborted();
    const canvas = hide(cells, order, hidden);
    const loss = meanLoss(guesses(canvas, cells, await ask(task, MODEL, answer, canvas)));
    points.push({ hidden, loss: loss! });
  }
  return points;
}

/** What a typewriter's loss is for the whole answer: the sum over cells, each given the true ones before it. */
async function typed(task: StudioTask): Promise<number> {
  const answer = task.test[0]!.output!;
  const cells = answer.flat();
  const shares = await ask(task, TYPEWRITER, answer, cells);
  return cells.reduce((sum, colour, cell) => sum + lossOf(shares[cell]![colour]!), 0);
}

interface CellLossProps {
  readonly cell: number | undefined;
  readonly columns: number;
  readonly shares: readonly number[] | undefined;
  readonly truth: number | undefined;
}

function CellLoss({ cell, columns, shares, truth }: CellLossProps) {
  if (cell === undefined || !shares || truth === undefined)
    return <Distribution shares={undefined} title="Point at a hidden cell, or focus it." />;
  const place = `Row ${Math.floor(cell / columns) + 1}, column ${(cell % columns) + 1}`;
  const share = shares[truth]!;
  return (
    <Distribution
      shares={shares}
      title={`${place}: the true colour has ${percent(share)}, a loss of ${nats(lossOf(share))}`}
    />
  );
}

export function Noise() {
  const task = echo;
  const answer = task.test[0]!.output!;
  const cells = answer.flat();
  const shape = [answer.length, answer[0]!.length];
  const [hidden, setHidden] = useState(Math.round(cells.length / 2));
  const [seed, setSeed] = useState(1);
  const [pointed, setPointed] = useState<number>();
  const canvas = hide(cells, hidingOrder(cells.length, seed), hidden);
  const found = useAsked(canvas.join(), () => ask(task, MODEL, answer, canvas));
  const curve = useAsked(String(seed), (signal) => measure(task, seed, signal));
  const typewriter = useAsked("typed", () => typed(task));
  const shares = found instanceof Error ? undefined : found;
  const list = shares ? guesses(canvas, cells, shares) : [];
  const loss = meanLoss(list);
  const told = canvas.map((value, cell) => list.find((guess) => guess.cell === cell)?.colour ?? value);
  const asked = list.find(({ cell }) => cell === pointed);
  const points = curve instanceof Error ? undefined : curve;
  const mean = points && points.reduce((sum, point) => sum + point.loss, 0) / points.length;
  return (
    <>
      <p>
        How does a model learn to fill in cells in any order? Take a puzzle whose answer is known: here the
        last row comes again in every second row above. Hide some cells of the answer. Ask for them. Hiding is
        the <strong>noise</strong>; drag it.
      </p>
      <PuzzleStrip task={task} solved />
      <div class="learn-figure" data-testid="noise">
        <div class="learn-controls">
          <div class="field learn-grow">
            <span>
              Noise: {hidden} of {cells.length} cells hidden
            </span>
            <Slider
              label="Hidden cells"
              value={hidden}
              min={1}
              max={cells.length}
              text={`${hidden} of ${cells.length} cells hidden`}
              onChange={setHidden}
              testid="noise-level"
            />
          </div>
          <Button onClick={() => setSeed(seed + 1)}>Hide others</Button>
        </div>
        <div class="learn-lanes three">
          <section class="learn-lane" aria-label="What the model sees">
            <div>
              <h2>What the model sees</h2>
              <p class="small quiet">and the demonstrations</p>
            </div>
            <Grid
              canvas={{ shape, slots: canvas }}
              label="What the model sees"
              onPoint={setPointed}
              cell={44}
              room="340px"
              testid="noise-canvas"
            />
          </section>
          <section class="learn-lane" aria-label="What it says">
            <div>
              <h2>What it says</h2>
              <p class="small quiet">
                {loss === undefined
                  ? "asking"
                  : `${list.filter(({ right }) => right).length} of ${list.length} hidden cells right`}
              </p>
            </div>
            <Grid
              canvas={{ shape, slots: told }}
              confidence={told.map((_, cell) => list.find((guess) => guess.cell === cell)?.probability ?? 1)}
              marks={{ differs: list.filter(({ right }) => !right).map(({ cell }) => cell) }}
              label="What the model says"
              onPoint={setPointed}
              cell={44}
              room="340px"
            />
          </section>
          <section class="learn-lane whole" aria-label="What it says of one cell">
            <CellLoss
              cell={asked?.cell}
              columns={answer[0]!.length}
              shares={asked && (shares?.[asked.cell] ?? undefined)}
              truth={asked && cells[asked.cell]}
            />
          </section>
        </div>
        {found instanceof Error && <p class="small bad">{found.message}</p>}
        <p data-testid="noise-loss">
          {loss === undefined ? "Loss: asking" : `Loss: ${nats(loss)}, the mean over the hidden cells.`}
        </p>
      </div>
      <p>
        For each hidden cell the model gives a probability to each of the ten colours. The cell's{" "}
        <strong>loss</strong> is minus the logarithm of what the true colour got: 0 for a sure and right
        guess, {nats(BLIND)} for one who knows nothing and gives each colour a tenth, and much more for one
        who is sure of a wrong colour. This is called cross-entropy.
      </p>
      <LossPlot
        points={points ?? []}
        cells={cells.length}
        now={loss === undefined ? undefined : { hidden, loss }}
        blind={BLIND}
      />
      <p>
        The more is hidden, the less there is to go by. Training draws puzzles, draws how many cells to hide,
        measures the loss, and changes all weights a little so that it falls. {MODEL}, which had learnt to
        type before, was trained so on 24,000 puzzles. For half of the answers all cells were hidden, since
        that is how every answer begins.
      </p>
      {mean !== undefined && (
        <p data-testid="bound">
          The curve's mean is worth keeping in mind. Times the {cells.length} cells it is about{" "}
          {nats(mean * cells.length)}: minus the logarithm of the probability that the model gives to the
          whole answer is at most that (the ELBO).{" "}
          {typeof typewriter === "number" &&
            `A typewriter's loss is that number exactly, for an answer is as likely as its cells, one after the other. Of ${TYPEWRITER} and this answer it is ${nats(typewriter)}.`}
        </p>
      )}
    </>
  );
}
