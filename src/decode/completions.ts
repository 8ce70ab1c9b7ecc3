// Completions of a typewriter as far as they are written: what sampling, beam search and depth-first search share.

import type { Ledger } from "../engine/ledger.ts";
import type { Model } from "../model/model.ts";
import {
  canvasPlaces,
  nthCellIndex,
  sideOf,
  sizeSlot,
  sizeToken,
  TOKEN,
  type Token,
} from "../sequence/tokens.ts";
import { type Canvas, candidateOf, commit, openCanvas, takeFrame } from "./canvas.ts";
import type { Cache, Candidate, Prompt } from "./decoder.ts";
import {
  type Choice,
  chosen,
  colourDistribution,
  type Distribution,
  given,
  sizeDistribution,
} from "./distribution.ts";
import { changes, type Frame } from "./frames.ts";
import { refuseCanvas } from "./go-on.ts";
import { type Node, openPrefixTree } from "./prefix-tree.ts";

/** The beginning of a completion, or the whole of one. */
export interface Path {
  /** Height, width, and the cells in reading order, as far as they are written. */
  readonly choices: readonly Choice[];
  /** Natural logarithm; a size that was given counts nothing. */
  readonly logProbability: number;
  /** What may come next; undefined where the completion is whole. */
  readonly next: Distribution | undefined;
  /** The last token that was read. */
  readonly node: Node | undefined;
}

/** A path that is to go on with these ids. */
export interface Step {
  readonly path: Path;
  readonly ids: readonly number[];
}

export interface Completions {
  /** Before anything is written but what is given. */
  readonly start: Path;
  /** Writes steps, all in one pass; of each step every path on the way, the last one last. */
  write(steps: readonly Step[]): Promise<Path[][]>;
  /** Says that no other paths will be followed again. */
  keep(paths: readonly Path[]): Promise<void>;
  close(): Promise<void>;
}

const SIZES = 2;

/** The size that a path has decided on; undefined while it is open. */
function sizeOf({ choices: [height, width] }: Pick<Path, "choices">) {
  return height && width ? { rows: sideOf(height.id), columns: sideOf(width.id) } : undefined;
}

export const isWhole = ({ choices }: Pick<Path, "choices">): boolean => {
  const size = sizeOf({ choices });
  return size !== undefined && choices.length === SIZES + size.rows * size.columns;
};

/** What is on the canvas; undefined while its size is open. */
export function canvasOf({ choices }: Path): Canvas | undefined {
  const [height, width, ...cells] = choices;
  if (!height || !width) return undefined;
  const canvas = openCanvas(height, width);
  for (const [cell, choice] of cells.entries()) commit(canvas, cell, choice);
  canvas.close = 0;
  return canvas;
}

/** A whole completion as a candidate. */
export const candidateFrom = (path: Path): Candidate => ({
  ...candidateOf(canvasOf(path)!),
  logProbability: path.logProbability,
});

/** Frames of paths that are looked at one after another; none while the size is open. */
export function pathFrames(ledger: Ledger): (path: Path, close: number) => Frame[] {
  let before: Canvas | undefined;
  return (path, close) => {
    const canvas = canvasOf(path);
    if (!canvas) return [];
    const sameSize = before?.rows === canvas.rows && before.columns === canvas.columns;
    const shown = before && sameSize ? before.cells : canvas.cells.map(() => TOKEN.mask);
    const { committed, retracted } = changes(shown, canvas.cells);
    before = canvas;
    canvas.close = close;
    return [takeFrame(canvas, ledger.passes, committed, retracted)];
  };
}

/** The tokens that write the last choice: the row end, which is known, along with the cell before it. */
function tokensOf(choices: readonly Choice[], grid: number): Token[] {
  const at = choices.length - 1;
  const { id } = choices[at]!;
  if (at < SIZES) return [{ ...sizeSlot(at === 0 ? "height" : "width", grid), id }];
  const { rows, columns } = sizeOf({ choices })!;
  const cell = at - SIZES;
  const places = canvasPlaces(rows, columns, grid);
  const index = nthCellIndex(cell, columns);
  const token = { id, place: places[index]! };
  return (cell + 1) % columns ? [token] : [token, { id: TOKEN.rowEnd, place: places[index + 1]! }];
}

/** Opens a prompt for completions. An aborted signal stops the next pass. */
export async function openCompletions(
  model: Model,
  prompt: Prompt,
  cache: Cache,
  ledger: Ledger,
  signal?: AbortSignal,
): Promise<Completions> {
  refuseCanvas(prompt);
  const { tokens, grid, size } = prompt;
  const { vocabSize } = model.config;
  // The mark that opens the answer is the first token read: its logits tell the height.
  const tree = await openPrefixTree(model, tokens.slice(0, -1), cache, ledger, signal);
  const nextOf = (choices: readonly Choice[], logits: Float32Array, row: number) =>
    (choices.length < SIZES ? sizeDistribution : colourDistribution)(logits, vocabSize, row);

  const open = async (): Promise<Path> => {
    const choices = size ? [given(sizeToken(size.rows)), given(sizeToken(size.columns))] : [];
    const known = choices.flatMap((_, i) => tokensOf(choices.slice(0, i + 1), grid));
    const [grown] = await tree.grow([{ after: undefined, tokens: [...tokens.slice(-1), ...known] }]);
    const { nodes, logits } = grown!;
    return {
      choices,
      logProbability: 0,
      next: nextOf(choices, logits, nodes.length - 1),
      node: nodes.at(-1),
    };
  };

  const writeAll = async (steps: readonly Step[]): Promise<Path[][]> => {
    // What a step's last choice leads to is not read where the completion is whole with it.
    const plans = steps.map(({ path, ids }) => {
      const ends: number[] = [];
      const chain: Token[] = [];
      const choices = [...path.choices];
      for (const id of ids) {
        choices.push(given(id));
        if (!isWhole({ choices })) chain.push(...tokensOf(choices, grid));
        ends.push(chain.length);
      }
      return { path, ids, ends, chain: { after: path.node, tokens: chain } };
    });
    const growing = plans.filter(({ chain }) => chain.tokens.length > 0);
    const grown = growing.length ? await tree.grow(growing.map(({ chain }) => chain)) : [];
    return plans.map((plan) => {
      const own = grown[growing.indexOf(plan)];
      let last = plan.path;
      return plan.ids.map((id, i) => {
        const choice = chosen(last.next!, id);
        const choices = [...last.choices, choice];
        const whole = isWhole({ choices });
        const row = plan.ends[i]! - 1;
        last = {
          choices,
          logProbability: last.logProbability + Math.log(choice.probability),
          next: whole ? undefined : nextOf(choices, own!.logits, row),
          node: whole ? last.node : own!.nodes[row],
        };
        return last;
      });
    });
  };

  try {
    return {
      start: await open(),
      write: writeAll,
      keep: (paths) => tree.prune(paths.flatMap(({ node }) => (node ? [node] : []))),
      close: () => tree.close(),
    };
  } catch (error) {
    await tree.close();
    throw error;
  }
}
