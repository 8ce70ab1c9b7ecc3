// Part 5: taking back what was committed, and searching; with what it is good for.
import { useState } from "preact/hooks";
import { equalGrids } from "../../../arc/grid.ts";
import { countRetractions } from "../../../decode/retractions.ts";
import { Segmented } from "../components/controls.tsx";
import { Picture } from "../components/picture.tsx";
import { useRuns } from "./decode-cache.ts";
import { echo } from "./example-puzzles.ts";
import { type LaneAbout, Lanes, requestFor } from "./lanes.tsx";
import { PuzzleStrip } from "./puzzle-strip.tsx";

const WAYS = ["backspace", "remask", "edit", "search"] as const;
type Way = (typeof WAYS)[number];
const CHOICES = [
  { value: "backspace", label: "Backspace" },
  { value: "remask", label: "Remask" },
  { value: "edit", label: "Edit" },
  { value: "search", label: "Search" },
] as const satisfies readonly { readonly value: Way; readonly label: string }[];

interface WayAbout {
  readonly how: string;
  readonly lanes: readonly LaneAbout[];
  /** What 300 puzzles said. */
  readonly verdict: string;
}

const JOINT = "jigsaw-joint";
const BACKSPACE = "typewriter-backspace";

const ABOUT: Readonly<Record<Way, WayAbout>> = {
  backspace: {
    how: "A typewriter with a backspace: taking back the last cell is one more token that the model can choose. What was taken back stays in the history, so that the model sees that it was tried, and it is never typed again after the same cells. Else the two would go in circles.",
    lanes: [
      { title: "Without", about: "the same weights", decoder: "greedy", model: BACKSPACE },
      {
        title: "With backspace",
        about: "taken back cells are crossed out",
        decoder: "backspace",
        model: BACKSPACE,
      },
    ],
    verdict:
      "Over 300 puzzles these weights solve 93 without the key and 77 with it. Of 17,939 cells taken back 969 came out right that were wrong, 1,594 wrong that were right: it breaks more than it mends. It learnt from errors drawn at random; its own are of another kind.",
  },
  remask: {
    how: "A jigsaw whose pieces can be lifted again: in each round some committed cells, the less sure the likelier, are opened and filled anew.",
    lanes: [
      { title: "Without", about: "10 rounds", decoder: "steps", model: JOINT },
      { title: "With remasking", about: "10 rounds that also open cells", decoder: "remask", model: JOINT },
    ],
    verdict:
      "Over 300 puzzles 1,189 cells were taken back. None came out right that was wrong. It solves 137, and 136 without: no difference.",
  },
  edit: {
    how: "Begin with a whole draft instead of open cells: the test input, or what the model says of every cell at once. Read it, find cells that do not fit, write them over, read again. The model was trained on answers with wrong cells for that.",
    lanes: [
      { title: "Filling in", about: "all it is sure of", decoder: "adaptive", model: JOINT },
      { title: "Editing", about: "a draft, read and written over", decoder: "edit", model: JOINT },
    ],
    verdict:
      "Over 300 puzzles editing mends nine cells for each that it breaks (3,115 and 348), in 4 passes. But it solves 107, and filling in solves 147.",
  },
  search: {
    how: "Do not decide: go on with one colour, come back, and try the other. All answers are kept whose probability is above a floor, depth first, as chess programs search. The typewriter searches rows from the top left; the jigsaw branches at the cell it is least sure of.",
    lanes: [
      { title: "dfs", about: "the typewriter's search", decoder: "dfs", model: JOINT },
      { title: "tree", about: "the jigsaw's search", decoder: "tree", model: JOINT },
    ],
    verdict:
      "Over 300 puzzles the first answer is hardly better: 151 solved by dfs, 149 without search. But the right answer is among those found on 178. ARC gives two attempts, so search pays there, if something can choose: that is the next part.",
  },
};

/** What taking back did on this puzzle. */
function Counted({ lane }: { readonly lane: LaneAbout }) {
  const [run] = useRuns([requestFor(echo, lane)]);
  const answer = echo.test[0]!.output!;
  if (run?.status !== "done") return null;
  const { retracted, fixed, broken } = countRetractions(
    run.shots.map(({ frame }) => frame),
    answer,
  );
  return (
    <p data-testid="counted">
      Here {lane.decoder} took back {retracted} {retracted === 1 ? "cell" : "cells"}: {fixed} came out right
      that {fixed === 1 ? "was" : "were"} wrong, {broken} wrong that {broken === 1 ? "was" : "were"} right.
    </p>
  );
}

/** What a search found, the likeliest first. */
function Found({ lane }: { readonly lane: LaneAbout }) {
  const [run] = useRuns([requestFor(echo, lane)]);
  const answer = echo.test[0]!.output!;
  if (run?.status !== "done") return null;
  const shown = run.candidates.slice(0, 6);
  return (
    <section class="learn-answers-found">
      <h2>
        {lane.decoder} found {run.candidates.length} {run.candidates.length === 1 ? "answer" : "answers"}
      </h2>
      <ol class="learn-found">
        {shown.map((grid, i) => (
          <li key={i}>
            <Picture grid={grid} label={`Answer ${i + 1}`} cell={18} most={90} />
            <span class={`small ${equalGrids(grid, answer) ? "good" : "quiet"}`}>
              {equalGrids(grid, answer) ? "right" : "wrong"}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

export function Mistakes() {
  const [way, setWay] = useState<Way>("backspace");
  const { how, lanes, verdict } = ABOUT[way];
  return (
    <>
      <p>
        A cell that was filled in wrongly misleads those that come after it. Can a model take back what it
        wrote? There are several ways. Try them on the puzzle that you know from before.
      </p>
      <PuzzleStrip task={echo} />
      <div>
        <Segmented<Way>
          label="Way of taking back"
          value={way}
          choices={CHOICES}
          onChange={setWay}
          testid="way"
        />
      </div>
      <p>{how}</p>
      <Lanes key={way} task={echo} lanes={lanes} passMs={way === "search" ? 160 : 320} testid="mistakes" />
      {way === "search" ? (
        <div class="learn-lanes">
          {lanes.map((lane) => (
            <Found key={lane.decoder} lane={lane} />
          ))}
        </div>
      ) : (
        <Counted key={way} lane={lanes[1]!} />
      )}
      <p>
        <strong>Does it help?</strong> {verdict}
      </p>
    </>
  );
}
