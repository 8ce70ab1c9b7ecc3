// The decoders' algorithms as plainly as can be: the whole sequence in every pass, no cache, nothing shared with the
// decoders but the tokens and the model.
import type { Grid } from "../arc/grid.ts";
import { newLedger } from "../engine/ledger.ts";
import type { Model } from "../model/model.ts";
import { gridPositions, markToken, TOKEN, type Token } from "../sequence/tokens.ts";
import { OPEN } from "./frames.ts";
import type { Prompt } from "./prompt.ts";

/** How little each choice was decided by, besides the answer itself. */
export interface Plain {
  readonly grid: Grid;
  /** Cells in the order in which they were filled, by round. */
  readonly rounds: readonly (readonly number[])[];
  readonly logProbability: number;
}

const isMark = ({ id }: Token) => id === TOKEN.begin || id === TOKEN.input || id === TOKEN.output;

/** What each pattern shows, token by token. */
function visible(pattern: string, tokens: readonly Token[], prompt: number, q: number, k: number): boolean {
  if (pattern === "full" || k <= q) return true;
  if (q >= prompt) return pattern !== "causal";
  if (k >= prompt) return false;
  if (pattern === "prefix") return true;
  const sameGrid = tokens[q]!.place.grid === tokens[k]!.place.grid && !isMark(tokens[q]!);
  return pattern === "grid-prompt" && sameGrid;
}

export async function logitsOf(
  model: Model,
  prompt: readonly Token[],
  answer: readonly Token[],
): Promise<Float32Array> {
  const tokens = [...prompt, ...answer];
  const { pattern } = model.config.jigsaw;
  const mask = Uint8Array.from({ length: tokens.length ** 2 }, (_, i) =>
    Number(visible(pattern, tokens, prompt.length, Math.floor(i / tokens.length), i % tokens.length)),
  );
  const want = { logits: true, cache: false };
  const { logits } = await model.run({ tokens, mask }, want, newLedger(), "decode");
  return logits;
}

/** Probabilities of ids `from` to `to` in a row of logits, by id. */
function probabilities(logits: Float32Array, row: number, from: number, to: number): Map<number, number> {
  const powers = new Map<number, number>();
  const at = (id: number) => logits[row * 64 + id]!;
  const top = Math.max(...Array.from({ length: to - from + 1 }, (_, i) => at(from + i)));
  for (let id = from; id <= to; id++) powers.set(id, Math.exp(at(id) - top));
  const total = [...powers.values()].reduce((a, b) => a + b);
  return new Map([...powers].map(([id, power]) => [id, power / total]));
}

const likeliest = (of: Map<number, number>): [id: number, probability: number] =>
  [...of].reduce((best, next) => (next[1] > best[1] ? next : best));

const toGrid = (cells: readonly number[], columns: number): Grid =>
  Array.from({ length: cells.length / columns }, (_, r) => cells.slice(r * columns, (r + 1) * columns));

/** Ids of the thirty sizes. */
const SIZES = [17, 46] as const;

/** What the model finds of an open cell. */
export interface Found {
  readonly cell: number;
  readonly colour: number;
  readonly p: number;
  readonly colours: Map<number, number>;
}

const surest = (found: readonly Found[], count: number): readonly Found[] =>
  found.toSorted((a, b) => b.p - a.p || a.cell - b.cell).slice(0, count);

/** @param choose the open cells that are to be filled; `count` of them in so many steps */
export async function plainSteps(
  model: Model,
  { tokens, format, template }: Prompt<Grid>,
  steps: number,
  choose = surest,
): Promise<Plain> {
  const grid = format.grid!.number;
  const [heightPlace, widthPlace] = gridPositions(1, 1, grid);
  let logProbability = 0;
  const ask = async (answer: readonly Token[]) => {
    const logits = await logitsOf(model, tokens, answer);
    const [id, p] = likeliest(probabilities(logits, tokens.length + answer.length - 1, ...SIZES));
    logProbability += Math.log(p);
    return id;
  };
  const height = template ? 16 + template.shape[0]! : await ask([{ id: TOKEN.mask, place: heightPlace! }]);
  const width = template
    ? 16 + template.shape[1]!
    : await ask([
        { id: height, place: heightPlace! },
        { id: TOKEN.mask, place: widthPlace! },
      ]);
  const [rows, columns] = [height - 16, width - 16];
  const places = gridPositions(rows, columns, grid);
  const slots = template?.slots ?? new Array<number>(rows * columns).fill(OPEN);
  const cells = slots.map((id) => (id === OPEN ? TOKEN.mask : id));
  const rounds: number[][] = [];
  const count = Math.min(steps, cells.filter((id) => id === TOKEN.mask).length);
  for (let round = 0; cells.includes(TOKEN.mask); round++) {
    const written = Array.from({ length: rows }, (_, r) => [
      ...cells.slice(r * columns, (r + 1) * columns),
      TOKEN.rowEnd,
    ]);
    const ids = [height, width, ...written.flat()];
    const answer = ids.map((id, i) => ({ id, place: places[i]! }));
    const logits = await logitsOf(model, tokens, answer);
    const found = cells.flatMap((id, cell) => {
      if (id !== TOKEN.mask) return [];
      const row = tokens.length + 2 + Math.floor(cell / columns) * (columns + 1) + (cell % columns);
      const colours = probabilities(logits, row, 0, 9);
      const [colour, p] = likeliest(colours);
      return [{ cell, colour, p, colours }];
    });
    const chosen = choose(found, Math.ceil(found.length / Math.max(1, count - round)));
    for (const { cell, colour, p } of chosen) {
      cells[cell] = colour;
      logProbability += Math.log(p);
    }
    rounds.push(chosen.map(({ cell }) => cell));
  }
  return { grid: toGrid(cells, columns), rounds, logProbability };
}

export async function plainGreedy(model: Model, { tokens, format }: Prompt<Grid>): Promise<Plain> {
  const grid = format.grid!.number;
  const written = [...tokens];
  let logProbability = 0;
  const next = async (from: number, to: number) => {
    const logits = await logitsOf(model, written, []);
    const [id, p] = likeliest(probabilities(logits, written.length - 1, from, to));
    logProbability += Math.log(p);
    return id;
  };
  expectMark(tokens, grid);
  const [heightPlace, widthPlace] = gridPositions(1, 1, grid);
  const height = await next(...SIZES);
  written.push({ id: height, place: heightPlace! });
  const width = await next(...SIZES);
  written.push({ id: width, place: widthPlace! });
  const columns = width - 16;
  const cells: number[] = [];
  for (const place of gridPositions(height - 16, columns, grid).slice(2)) {
    const isEnd = place.column === columns + 1;
    const id = isEnd ? TOKEN.rowEnd : await next(0, 9);
    if (!isEnd) cells.push(id);
    written.push({ id, place });
  }
  return { grid: toGrid(cells, columns), rounds: cells.map((_, cell) => [cell]), logProbability };
}

function expectMark(tokens: readonly Token[], grid: number): void {
  const mark = markToken(TOKEN.output, grid);
  if (JSON.stringify(tokens.at(-1)) !== JSON.stringify(mark))
    throw new Error("the prompt has no answer's mark");
}
