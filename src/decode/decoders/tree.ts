// Search over the masked canvas, after the depth-first search of the ARChitects (Franzen et al. 2024), which is over
// prefixes. Changed: cells in any order. In exact mode a node commits one cell, which the canvas alone decides, so that
// every completion has one path, and those above the floor are found once each; in fast mode sure cells are committed in
// bulk, at probabilities that do not know of each other. The likeliest child goes on at once; where a path ends, the
// likeliest node that waits.
import * as z from "zod";
import { type Canvas, candidateOf, commit, fork, openSlots } from "../canvas.ts";
import { type CanvasRun, cacheOption, defineDecoder } from "../define.ts";
import { argmax, choiceOf, type Distribution, entropy } from "../distribution.ts";
import { changes, type Frame } from "../frames.ts";
import { likeliestFirst } from "../hypotheses.ts";
import { lookAhead } from "../look-ahead.ts";
import { eligibleIn } from "../rounds.ts";
import { isTie, type Ties } from "../ties.ts";

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

const isFull = (canvas: Canvas): boolean => openSlots(canvas).length === 0;

type Predictions = ReadonlyMap<number, Distribution>;

/** The canvas with its open slots filled at once by what was read last. */
function filled(canvas: Canvas, predictions: Predictions): Canvas {
  const full = fork(canvas);
  for (const slot of openSlots(full)) commit(full, slot, argmax(predictions.get(slot)!));
  return full;
}

/**
 * Branches on the slot of the lowest entropy (the first of equals), after committing in bulk the slots that are surer
 * than `threshold`; at 1 there are none.
 * @param eligible the open slots that may be chosen now
 * @returns canvases with a slot more (or several), the likeliest first
 */
export function branch(
  canvas: Canvas,
  eligible: readonly number[],
  predictions: Predictions,
  threshold: number,
  ties: Ties,
): Canvas[] {
  const base = fork(canvas);
  const top = eligible.map((slot) => ({ slot, choice: argmax(predictions.get(slot)!) }));
  const sure = top.filter(({ choice }) => choice.probability > threshold);
  if (threshold < 1) ties.add(top.filter(({ choice }) => isTie(choice.probability, threshold)).length);
  for (const { slot, choice } of sure) commit(base, slot, choice);
  ties.add(base.ties.take());
  const taken = new Set(sure.map(({ slot }) => slot));
  const [first, second] = eligible
    .filter((slot) => !taken.has(slot))
    .map((slot) => ({ slot, entropy: entropy(predictions.get(slot)!) }))
    .toSorted((a, b) => a.entropy - b.entropy || a.slot - b.slot);
  if (!first) return [base];
  if (second) ties.add(Number(isTie(first.entropy, second.entropy)));
  const distribution = predictions.get(first.slot)!;
  ties.add(Number(argmax(distribution).tie));
  const children = Array.from(distribution.probabilities, (_, i) => {
    const child = fork(base);
    commit(child, first.slot, choiceOf(distribution, distribution.first + i));
    return child;
  });
  return likeliestFirst(children);
}

/** Takes the likeliest canvas out of those that wait. */
function takeLikeliest(waiting: Canvas[], ties: Ties): Canvas | undefined {
  const [canvas, next] = likeliestFirst(waiting);
  if (!canvas) return undefined;
  waiting.splice(waiting.indexOf(canvas), 1);
  if (next) ties.add(Number(isTie(canvas.logProbability, next.logProbability)));
  return canvas;
}

/** Depth-first search over fillings of the masked canvas, after Franzen et al. 2024. */
export const tree = defineDecoder({
  name: "tree",
  family: "jigsaw",
  objective: "masked-diffusion",
  about: "searches the fillings of the canvas above a floor of probability",
  model: "jigsaw-adapted",
  infills: true,
  options: treeOptions,
  async *run({ session, canvas: root, options, ties, show: frame }: CanvasRun<z.infer<typeof treeOptions>>) {
    const { mode, floor, maxPasses, batch } = options;
    const threshold = mode === "fast" ? options.threshold : 1;
    const logFloor = root.logProbability + Math.log(floor);
    const predict = lookAhead(session, batch);
    const eligible = eligibleIn(session, root);
    const waiting: Canvas[] = [];
    const found: Canvas[] = [];
    // Where nothing is above the floor: the end of the first path, which goes on below it.
    let below: Canvas | undefined;
    let predictions: Predictions = new Map();
    let shown: readonly number[] = root.ids;
    const show = (canvas: Canvas): Frame => {
      const { committed, retracted } = changes(shown, canvas.ids);
      shown = canvas.ids;
      return frame(canvas, committed, retracted);
    };
    let node: Canvas | undefined = root;
    for (let visits = 0; node && visits < maxPasses; visits++) {
      predictions = await predict(node, likeliestFirst(waiting).slice(0, maxPasses - visits - 1));
      const open = openSlots(node);
      for (const slot of open) node.confidence[slot] = argmax(predictions.get(slot)!).probability;
      const children = branch(node, eligible(open), predictions, threshold, ties);
      const within = children.filter(({ logProbability }) => logProbability >= logFloor);
      ties.add(children.filter(({ logProbability }) => isTie(logProbability, logFloor)).length);
      const isFirstPath = found.length === 0 && !below;
      const next: Canvas | undefined = within[0] ?? (isFirstPath ? children[0] : undefined);
      found.push(...within.filter(isFull));
      waiting.push(...within.filter((child) => child !== next && !isFull(child)));
      yield show(next ?? node);
      if (next && !isFull(next)) {
        node = next;
        continue;
      }
      if (next && within.length === 0) below = next;
      node = takeLikeliest(waiting, ties);
    }
    const ends = found.length > 0 ? likeliestFirst(found) : [below ?? filled(node ?? root, predictions)];
    const equals = ends.slice(1).filter((end, i) => isTie(ends[i]!.logProbability, end.logProbability));
    ties.add(equals.length);
    if (equals.length > 0 || changes(shown, ends[0]!.ids).committed.length > 0) yield show(ends[0]!);
    return ends.map(candidateOf);
  },
});
