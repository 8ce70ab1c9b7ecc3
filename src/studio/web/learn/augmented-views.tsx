// Part 6: one puzzle seen in many ways, answers weighed by all of them, and training on the puzzle itself.
import { useMemo, useState } from "preact/hooks";
import { applyToGrid, applyToTask } from "../../../arc/augment.ts";
import { equalGrids, type Grid } from "../../../arc/grid.ts";
import { augmentationsOf } from "../../../solve/views.ts";
import type { StudioTask } from "../../shared/tasks.ts";
import { Picture } from "../components/picture.tsx";
import { Scroll } from "../components/scroll.tsx";
import { PairPictures } from "../play/demonstrations.tsx";
import { whenDone } from "./decode-cache.ts";
import { boundingBox } from "./example-puzzles.ts";
import { ask, useAsked } from "./inspecting.ts";
import { type Answer, answersOf, byProduct, byVotes, logLikelihood, viewName } from "./product.ts";
import { PuzzleStrip } from "./puzzle-strip.tsx";

const MODEL = "typewriter-tiny";
const VIEWS = 8;

interface Seen {
  readonly task: StudioTask;
  readonly name: string;
  /** The view's own answer, as the view shows it. */
  readonly grid: Grid;
}

interface Weighed {
  readonly views: readonly Seen[];
  readonly answers: readonly Answer[];
  /** The logarithm of each answer's probability in each view, as far as they are known. */
  readonly scores: readonly (readonly number[])[];
}

/** Decodes in all views, and asks each about the answers of all; tells what is known as it comes. */
async function weigh(
  task: StudioTask,
  tell: (known: Weighed) => void,
  signal: AbortSignal,
): Promise<Weighed> {
  const augmentations = augmentationsOf(task, 0, VIEWS, 1);
  const tasks = augmentations.map((one) => applyToTask(one, task) as StudioTask);
  const views: Seen[] = [];
  for (const [i, view] of augmentations.entries()) {
    const { candidates } = await whenDone({ task: tasks[i]!, decoder: "greedy", model: MODEL }, signal);
    views.push({ task: tasks[i]!, name: viewName(view), grid: candidates[0]! });
    tell({ views: [...views], answers: [], scores: [] });
  }
  const answers = answersOf(views.map(({ grid }, i) => ({ view: augmentations[i]!, grid })));
  const scores: number[][] = [];
  for (const { grid } of answers) {
    const row: number[] = [];
    for (const [i, view] of augmentations.entries()) {
      signal.throwIfAborted();
      const turned = applyToGrid(view, grid);
      row.push(logLikelihood(await ask(tasks[i]!, MODEL, turned, turned.flat()), turned.flat()));
    }
    scores.push(row);
    tell({ views, answers, scores: [...scores] });
  }
  return { views, answers, scores };
}

function Views({ views }: { readonly views: readonly Seen[] }) {
  return (
    <ol class="learn-views" data-testid="views">
      {views.map(({ task, name, grid }, i) => (
        <li key={i}>
          <span class="small quiet">
            {i + 1}. {name}
          </span>
          <PairPictures input={task.test[0]!.input} output={grid} name={`view ${i + 1}`} most={72} />
        </li>
      ))}
    </ol>
  );
}

/** A logarithm of a probability, short. */
const short = (log: number): string => (log > -0.05 ? "0.0" : log.toFixed(log > -10 ? 1 : 0));

function Answers({ weighed, answer }: { readonly weighed: Weighed; readonly answer: Grid }) {
  const { views, answers, scores } = weighed;
  const [order, first] = [byProduct(scores), byVotes(answers)[0]];
  return (
    <Scroll label="Answers and what each view thinks of them">
      <table class="data-table learn-answers" data-testid="answers">
        <thead>
          <tr>
            <th scope="col">Answer</th>
            {views.map(({ name }, i) => (
              <th key={i} scope="col" title={name}>
                <span class="unseen">View </span>
                {i + 1}
              </th>
            ))}
            <th scope="col">Votes</th>
            <th scope="col">Sum</th>
          </tr>
        </thead>
        <tbody>
          {order.map((index, place) => {
            const { grid, views: by } = answers[index]!;
            const right = equalGrids(grid, answer);
            return (
              <tr key={index} class={place === 0 ? "first" : ""} data-right={right}>
                <th scope="row">
                  <Picture grid={grid} label={`Answer ${place + 1}`} cell={11} most={60} />
                  <span class={`small ${right ? "good" : "quiet"}`}>{right ? "right" : "wrong"}</span>
                </th>
                {scores[index]!.map((score, view) => (
                  <td key={view} class={by.includes(view) ? "own" : ""}>
                    {short(score)}
                  </td>
                ))}
                <td>
                  {by.length}
                  {index === first && by.length > 1 ? " (most)" : ""}
                </td>
                <td>
                  <strong>{scores[index]!.reduce((a, b) => a + b, 0).toFixed(1)}</strong>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

/** The demonstrations as puzzles of their own: each in turn is what is asked. */
function LeftOut({ task }: { readonly task: StudioTask }) {
  return (
    <ol class="learn-left-out" data-testid="left-out">
      {task.train.map((asked, i) => (
        <li key={i}>
          <span class="small quiet">Exercise {i + 1}</span>
          <div class="row">
            {task.train.map((pair, j) =>
              j === i ? null : (
                <PairPictures
                  key={j}
                  input={pair.input}
                  output={pair.output}
                  name={`demonstration ${j + 1}`}
                  most={52}
                />
              ),
            )}
            <span class="learn-asks">
              <PairPictures
                input={asked.input}
                output={asked.output}
                name={`what is asked, demonstration ${i + 1}`}
                most={52}
              />
            </span>
          </div>
        </li>
      ))}
    </ol>
  );
}

/** Part 6: answers from several views of a puzzle. */
export function ManyViews() {
  const task = boundingBox;
  const answer = task.test[0]!.output!;
  const [sofar, setSofar] = useState<Weighed>({ views: [], answers: [], scores: [] });
  const weighed = useAsked(task.id, (signal) =>
    weigh(task, (known) => !signal.aborted && setSofar(known), signal),
  );
  const known = weighed && !(weighed instanceof Error) ? weighed : undefined;
  const words = useMemo(() => (known ? outcome(known, answer) : ""), [known, answer]);
  return (
    <>
      <p>
        Turn a puzzle by 90°, mirror it, exchange colours: the rule is the same, the answer is turned and
        recoloured with it. But to a small model it is another puzzle, on which it makes other mistakes. So
        ask it several times. Here the box around all cells that are not black is filled with green.
      </p>
      <PuzzleStrip task={task} solved />
      <h2>Eight views</h2>
      <p>
        Each view's demonstrations are turned and recoloured, too. Beside each input is what {MODEL} answers
        there.
      </p>
      {weighed instanceof Error && <p class="bad">{weighed.message}</p>}
      <Views views={sofar.views} />
      {sofar.views.length < VIEWS && (
        <p class="waiting">
          Asked in {sofar.views.length} of {VIEWS} views
        </p>
      )}
      <h2>A product of experts</h2>
      <p>
        Turned back, these are the different answers. Which to believe? One can count <strong>votes</strong>.
        Or one can ask each view what it thinks of <em>every</em> answer, those of the others too: how likely
        is this grid, cell by cell? The table has the logarithms of these probabilities. 0 is certain, -1
        about a third, -10 hopeless; a view's own answer is marked. A right answer may have been found in one
        view only, but the others, once they see it, find little wrong with it. A wrong one is often hopeless
        in some view. So the logarithms are added, which multiplies the probabilities: a{" "}
        <strong>product of experts</strong>.
      </p>
      {known ? (
        <Answers weighed={known} answer={answer} />
      ) : (
        <p class="waiting">
          {sofar.answers.length > 0
            ? `Weighed ${sofar.scores.length} of ${sofar.answers.length} answers`
            : "To be weighed when all views have answered"}
        </p>
      )}
      {words && (
        <p data-testid="outcome">
          {words} The puzzle was chosen because it shows this; it does not always go so well.
        </p>
      )}
      <h2>Training on the puzzle itself</h2>
      <p>
        A puzzle's demonstrations are puzzles whose answers are known. Leave one out and ask for it: three
        demonstrations make three exercises. Turn them, mirror them, exchange colours: they make hundreds. A
        few dozen steps of training on these, before the test is answered, and the model has learnt{" "}
        <em>this</em> rule. Afterwards its weights are put back. This is <strong>test-time training</strong>.
      </p>
      <LeftOut task={task} />
      <p>
        What all this is worth with a large model: the ARChitects (8 billion weights, 400 puzzles, two
        attempts) solved 18&nbsp;% with one answer, 45&nbsp;% with test-time training, 63&nbsp;% with sixteen
        views, 68&nbsp;% with the product of experts, and 72&nbsp;% with a search for more answers. In Jigsaw
        all of it is one command:
      </p>
      <pre class="command">
        jigsaw eval --data PUZZLES --ttt-steps 64 --views 8 --choose product --out runs/eval
      </pre>
    </>
  );
}

/** What happened, in words. */
function outcome({ answers, scores }: Weighed, answer: Grid): string {
  const right = answers.findIndex(({ grid }) => equalGrids(grid, answer));
  if (right < 0) return "No view found the right answer this time.";
  const plain = answers[right]!.views.includes(0)
    ? "The puzzle as it is was answered right"
    : "The puzzle as it is was answered wrong";
  const found = answers[right]!.views.length;
  const place = byProduct(scores).indexOf(right) + 1;
  const votes = byVotes(answers)[0] === right ? "The votes are for it" : "The votes are for another";
  return `${plain}; ${found} of ${VIEWS} views found the right answer. ${votes}, the product puts it in place ${place} of ${answers.length}.`;
}
