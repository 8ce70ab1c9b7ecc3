// Part 1: the same puzzle typed and filled in, by one set of weights.

import { halo } from "./example-puzzles.ts";
import { Lanes } from "./lanes.tsx";
import { PuzzleStrip } from "./puzzle-strip.tsx";

const MODEL = "jigsaw-joint";
const LANES = [
  { title: "The typewriter", about: "one cell a pass, row by row", decoder: "greedy", model: MODEL },
  {
    title: "The jigsaw",
    about: "all cells it is sure of, wherever they are",
    decoder: "adaptive",
    model: MODEL,
  },
] as const;

export function DecodingRoutes() {
  return (
    <>
      <p>
        Three pairs of grids show a rule. Find it, and apply it to the last input. That is an ARC puzzle. Here
        a ring is drawn around the one cell that is not black.
      </p>
      <PuzzleStrip task={halo} />
      <p>
        A language model answers like a <strong>typewriter</strong>. It writes one cell after the other, from
        the top left to the bottom right. Each time it reads what is written so far and picks the likeliest
        next cell. What is written stays written.
      </p>
      <p>
        People do a <strong>jigsaw</strong> otherwise: first the pieces that are clear, wherever they go. A
        diffusion model works like that. It begins with a canvas of open cells, reads all of it, and fills in
        the cells that it is sure of. Then it reads again, and the cells that are left have become easier.
      </p>
      <p>One model does both here; it was trained for both. A pass is one run through the whole network.</p>
      <Lanes task={halo} lanes={LANES} testid="ways" />
      <p>
        Over 300 puzzles of up to 12 cells a side, this model solves 149 as a typewriter and 147 as a jigsaw:
        no difference. The typewriter takes 43 passes for an answer, the jigsaw 12, and 0.44 times the time.
      </p>
    </>
  );
}
