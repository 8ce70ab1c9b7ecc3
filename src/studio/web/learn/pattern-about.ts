// The attention patterns in words, and who reads by them.
import type { PatternName } from "../../../sequence/attention-patterns.ts";

/** The words of one attention pattern. */
export interface PatternAbout {
  readonly title: string;
  readonly about: string;
  /** A shipped model that reads so, and what decodes with it; with `rounds` in place of N. */
  readonly model?: string;
  readonly decoder?: (rounds: number) => string;
}

const steps = (rounds: number) => `steps:steps=${rounds}`;

/** One row for each attention pattern; a new pattern needs nothing else of the page. */
export const PATTERNS: Readonly<Record<PatternName, PatternAbout>> = {
  causal: {
    title: "causal: the typewriter",
    about:
      "Each token sees what stands before it, and itself. So nothing that was computed ever changes, and all of it is kept.",
    model: "typewriter-tiny",
    decoder: () => "greedy",
  },
  full: {
    title: "full: everything sees everything",
    about:
      "The prompt sees the answer, too. So with every cell that is filled in, all that was computed of the prompt is out of date: nothing can be kept. This is what one gets by taking the mask off a typewriter.",
  },
  prefix: {
    title: "prefix: the prompt sees the prompt",
    about:
      "The prompt never looks at the answer, so it is the same whatever stands on the canvas: it is computed once and kept.",
  },
  "causal-prompt": {
    title: "causal-prompt: a typewriter's prompt",
    about:
      "The prompt is read as a typewriter reads it; the answer sees the prompt and all of itself. One prompt serves both ways of answering.",
    model: "jigsaw-joint",
    decoder: steps,
  },
  "grid-prompt": {
    title: "grid-prompt: grid by grid",
    about: "In the prompt each grid sees itself both ways, and the grids before it. The answer sees all.",
    model: "jigsaw-adapted",
    decoder: steps,
  },
  fragments: {
    title: "fragments: demonstrations apart",
    about:
      "Each demonstration sees only itself, the test input sees all of them. So a demonstration is the same in every order and beside any other, and what was computed of it is used again.",
  },
  blocks: {
    title: "blocks: row by row",
    about:
      "The answer is cut into rows. A row sees itself both ways, and the rows before it. A finished row never changes any more: it is kept like the prompt.",
  },
};
