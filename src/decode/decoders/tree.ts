// Search over the masked canvas, after the depth-first search of the ARChitects (Franzen et al. 2024), which is over
// prefixes. Changed: cells in any order. In exact mode a node commits one cell, which the canvas alone decides, so that
// every completion has one path, and those above the floor are found once each; in fast mode sure cells are committed in
// bulk, at probabilities that do not know of each other. The likeliest child goes on at once; where a path ends, the
// likeliest node that waits.
import * as z from "zod";
import { JigsawError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import type { Ledger } from "../../engine/ledger.ts";
import { patternOf } from "../../sequence/attention-patterns.ts";
import { branch, fork, likeliestFirst, takeLikeliest } from "../branches.ts";
import { cacheOption } from "../cache-option.ts";
import { type Canvas, candidateOf, commit, openCanvas, openCells, takeFrame } from "../canvas.ts";
import { openContext } from "../context.ts";
import type { Decoder } from "../decoder.ts";
import { best, type Distribution } from "../distribution.ts";
import { CLOSE, changes, type Frame } from "../frames.ts";
import { lookAhead, type Read } from "../look-ahead.ts";
import { decideSize } from "../size.ts";
import { cellBlocks, choosable } from "./steps.ts";

const treeOptions = z.object({
  cache: cacheOption,
  mode: z
    .enum(["fast", "exact"])
    .default("fast")
    .describe("exact: a cell a node, finds all above the floor; fast: sure cells in bulk, promises less"),
  floor: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.05)
    .describe("the least probability of a completion of the canvas that is looked for"),
  threshold: z.number().min(0).max(1).default(0.9).describe("mode fast: cells that are surer are sure"),
  maxPasses: z
    .int()
    .positive()
    .default(64)
    .describe("canvases that are visited at most, each a pass where batch is 1"),
  batch: z.int().positive().default(1).describe("canvases that are read in one pass; changes no result"),
});

const isFull = (canvas: Canvas): boolean => openCells(canvas).length === 0;

/** The canvas with its open cells filled at once by what was read last. */
function filled(canvas: Canvas, readings: readonly Distribution[]): Canvas {
  const full = fork(canvas);
  for (const cell of openCells(full)) commit(full, cell, best(readings[cell]!));
  return full;
}

interface Limits {
  readonly logFloor: number;
  readonly threshold: number;
  readonly maxVisits: number;
}

/** Searches from an open canvas on; gives what was found, or the one path's end, the likeliest first. */
async function* search(
  root: Canvas,
  read: Read,
  mayChoose: (open: readonly number[]) => readonly number[],
  { logFloor, threshold, maxVisits }: Limits,
  ledger: Ledger,
): AsyncGenerator<Frame, Canvas[]> {
  const waiting: Canvas[] = [];
  const found: Canvas[] = [];
  // Where nothing is above the floor: the end of the first path, which goes on below it.
  let below: Canvas | undefined;
  let readings: readonly Distribution[] = [];
  let shown: readonly number[] = root.cells;
  const show = (canvas: Canvas, close: number) => {
    const { committed, retracted } = changes(shown, canvas.cells);
    shown = canvas.cells;
    return takeFrame({ ...canvas, close }, ledger.passes, committed, retracted);
  };
  let node: Canvas | undefined = root;
  let turned = root.close;
  for (let visits = 0; node && visits < maxVisits; visits++) {
    readings = await read(node, likeliestFirst(waiting).slice(0, maxVisits - visits - 1));
    const open = openCells(node);
    for (const cell of open) node.confidence[cell] = best(readings[cell]!).probability;
    const { children, close } = branch(node, mayChoose(open), readings, threshold);
    const within = children.filter(({ logProbability }) => logProbability >= logFloor);
    const onFloor = children.filter(({ logProbability }) => Math.abs(logProbability - logFloor) < CLOSE);
    const isFirstPath = found.length === 0 && !below;
    const next: Canvas | undefined = within[0] ?? (isFirstPath ? children[0] : undefined);
    found.push(...within.filter(isFull));
    waiting.push(...within.filter((child) => child !== next && !isFull(child)));
    yield show(next ?? node, turned + close + onFloor.length);
    turned = 0;
    if (next && !isFull(next)) {
      node = next;
      continue;
    }
    if (next && within.length === 0) below = next;
    const likeliest = takeLikeliest(waiting);
    node = likeliest.canvas;
    turned = Number(likeliest.close);
  }
  const ends = found.length ? likeliestFirst(found) : [below ?? filled(node ?? root, readings)];
  turned += ends.slice(1).filter((end, i) => ends[i]!.logProbability - end.logProbability < CLOSE).length;
  if (turned || changes(shown, ends[0]!.cells).committed.length) yield show(ends[0]!, turned);
  return ends;
}

export const tree: Decoder = {
  name: "tree",
  family: "jigsaw",
  objective: "masked-diffusion",
  about: "searches the fillings of the canvas above a floor of probability",
  model: "jigsaw-adapted",
  options: treeOptions,
  goesOn: true,
  async *decode(model, prompt, options, ledger, signal) {
    const { cache, mode, floor, threshold, maxPasses, batch } = checkOptions(treeOptions, options);
    const { config } = model;
    const pattern = config.jigsaw.pattern;
    if (batch > 1 && patternOf(pattern).promptSeesAnswer) {
      throw new JigsawError(
        "bad-option",
        `under the attention pattern "${pattern}" the prompt sees the answer, so there can be only one in a pass`,
        "Use batch 1.",
      );
    }
    const context = await openContext(model, prompt.tokens, cache, ledger, signal);
    try {
      const { height, width } = await decideSize(context, config.vocabSize, prompt);
      const root = openCanvas(height, width, prompt.canvas);
      const blockOf = cellBlocks(root, prompt.grid, config);
      const limits = {
        logFloor: root.logProbability + Math.log(floor),
        threshold: mode === "fast" ? threshold : 1,
        maxVisits: maxPasses,
      };
      const read = lookAhead(context, model, prompt, batch);
      const ends = yield* search(root, read, (open) => choosable(open, blockOf), limits, ledger);
      return ends.map(candidateOf);
    } finally {
      await context.close();
    }
  },
};
