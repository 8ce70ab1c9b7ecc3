// Absorbing-state masked diffusion (MDLM, Sahoo et al. 2024; LLaDA, Nie et al. 2025) on answers, size first.
import { area, type Grid, height, width } from "../arc/grid.ts";
import {
  answerGrid,
  canvasTokens,
  gridEnds,
  gridTokens,
  promptTokens,
  sizeSlot,
  TOKEN,
  type Token,
} from "../arc/tokens.ts";
import type { Part } from "../qwen3/patterns.ts";
import type { Random } from "../random.ts";
import type { Objective, ObjectiveOptions } from "./objective.ts";

/** An answer that hangs on the prompt: tokens, labels (-1 for none) and weights side by side. */
interface Answer {
  readonly tokens: readonly Token[];
  readonly labels: readonly number[];
  readonly weights: readonly number[];
}

/** The canvas of `output` with the given share of its cells masked (at least one), to be told. */
function noisyCanvas(
  output: Grid,
  grid: number,
  noise: number,
  random: Random,
  { weighting }: ObjectiveOptions,
): Answer {
  const cells = area(output);
  const masked = Math.min(cells, 1 + Math.floor(noise * cells));
  const chosen = new Set(random.sample([...Array(cells).keys()], masked));
  const columns = width(output);
  const clean = gridTokens(output, grid);
  const tokens = canvasTokens(height(output), columns, grid, (r, c) =>
    chosen.has(r * columns + c) ? TOKEN.mask : output[r]![c]!,
  );
  const weight = weighting === "elbo" ? cells / masked : 1;
  const labels = tokens.map((token, i) => (token.id === TOKEN.mask ? clean[i]!.id : -1));
  return { tokens, labels, weights: labels.map((label) => (label < 0 ? 0 : weight)) };
}

/** Spreads noise levels: a share `fullMask` of them to 1, the others evenly over [0, 1). */
const maskedShare = (noise: number, fullMask: number): number =>
  noise < fullMask ? 1 : (noise - fullMask) / (1 - fullMask);

/** The two decisions before the canvas exists: height, and width given height. */
function sizeAnswers(output: Grid, grid: number, { sizeWeight }: ObjectiveOptions): Answer[] {
  const [rows, columns] = gridTokens(output, grid) as [Token, Token];
  return [
    { tokens: [sizeSlot("height", grid)], labels: [rows.id], weights: [sizeWeight] },
    { tokens: [rows, sizeSlot("width", grid)], labels: [-1, columns.id], weights: [0, sizeWeight] },
  ];
}

/**
 * Masked answers hang on the prompt as parts that never see each other, so one prompt serves many. Under `prefix` and
 * `full` only the test's answer can be learnt (the demonstrations' stand in the prompt, seen by all); under
 * `causal-prompt` and `grid-prompt` every output but the first, each from its own place in the prompt.
 */
export const maskedDiffusion: Objective = {
  name: "masked-diffusion",
  patterns: ["grid-prompt", "causal-prompt", "prefix", "full"],
  example(task, noise, random, options) {
    const prompt = promptTokens(task);
    const pairs = [...task.train, task.test[0]!];
    const inOrder = options.pattern === "causal-prompt" || options.pattern === "grid-prompt";
    const learnt = inOrder ? pairs.slice(1) : pairs.slice(-1);
    // Only one answer at a time can be seen by a prompt that sees answers.
    const copies = options.pattern === "full" ? 1 : options.copies;
    const parts: Part[] = [{ length: prompt.length, gridEnds: gridEnds(prompt) }];
    const whole: Answer[] = [];
    for (const [i, pair] of learnt.entries()) {
      const grid = answerGrid(pairs.length - learnt.length + i);
      const from = 1 + prompt.findIndex((token) => token.id === TOKEN.output && token.place.grid === grid);
      const canvases = Array.from({ length: copies }, (_, copy) => {
        const shifted = (noise + (i * copies + copy) / (learnt.length * copies)) % 1;
        return noisyCanvas(pair.output!, grid, maskedShare(shifted, options.fullMask), random, options);
      });
      const sizes = sizeAnswers(pair.output!, grid, options);
      const answers =
        options.pattern === "full" ? fullAnswers(sizes, canvases[0]!, random) : [...sizes, ...canvases];
      for (const answer of answers) parts.push({ length: answer.tokens.length, from });
      whole.push(...answers);
    }
    return {
      tokens: [...prompt, ...whole.flatMap((answer) => answer.tokens)],
      parts,
      labels: [...prompt.map(() => -1), ...whole.flatMap((answer) => answer.labels)],
      weights: [...prompt.map(() => 0), ...whole.flatMap((answer) => answer.weights)],
    };
  },
};

/** One of the three things an example can ask for where the prompt would see them all. */
const fullAnswers = (sizes: readonly Answer[], canvas: Answer, random: Random): Answer[] => [
  random.chance(0.8) ? canvas : random.pick(sizes),
];
