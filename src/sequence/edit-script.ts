// The operations that turn a known draft into a known answer: what a model learns to write (see edit-grammar.ts).

import { type Grid, height, makeGrid, width } from "../arc/grid.ts";
import { JigsawError } from "../core/errors.ts";
import {
  COLUMN_OPERATIONS,
  editing,
  type Lines,
  type Operations,
  ROW_OPERATIONS,
  resized,
} from "./edit-grammar.ts";
import { sizeToken, TOKEN, type Token } from "./tokens.ts";

/** As `longer` lines as there are, in order, one for each of `shorter`, alike as they can be; of equals the first. */
function choose(longer: number, shorter: number, alike: (long: number, short: number) => number): number[] {
  // best[s][l]: the most alike that lines s.. of the shorter can be to some of lines l.. of the longer.
  const best = Array.from({ length: shorter + 1 }, () => new Array<number>(longer + 1).fill(0));
  for (let s = shorter - 1; s >= 0; s--) {
    best[s]!.fill(Number.NEGATIVE_INFINITY);
    for (let l = longer - (shorter - s); l >= 0; l--) {
      best[s]![l] = Math.max(best[s]![l + 1]!, alike(l, s) + best[s + 1]![l + 1]!);
    }
  }
  const chosen: number[] = [];
  for (let l = 0; chosen.length < shorter; l++) {
    const s = chosen.length;
    if (alike(l, s) + best[s + 1]![l + 1]! === best[s]![l]) chosen.push(l);
  }
  return chosen;
}

function align(draft: number, answer: number, alike: (draft: number, answer: number) => number): Lines {
  if (draft >= answer) return choose(draft, answer, alike);
  const chosen = choose(answer, draft, (a, d) => alike(d, a));
  const from = new Array<number | undefined>(answer).fill(undefined);
  for (const [d, a] of chosen.entries()) from[a] = d;
  return from;
}

/** Neighbouring lines of the longer of the two, from line `offset` on. */
const shifted = (draft: number, answer: number, offset: number): Lines =>
  Array.from({ length: answer }, (_, i) => {
    const line = draft >= answer ? i + offset : i - offset;
    return line >= 0 && line < draft ? line : undefined;
  });

const offsets = (draft: number, answer: number): number[] =>
  Array.from({ length: Math.abs(draft - answer) + 1 }, (_, offset) => offset);

/** The runs of lines that are gone (or new), as ids of operations. */
function resizing(length: number, from: Lines, kinds: Operations): number[] {
  const removing = length > from.length;
  const stays = new Set(from);
  const changes = removing
    ? Array.from({ length }, (_, line) => !stays.has(line))
    : from.map((line) => line === undefined);
  const ids: number[] = [];
  let at = 1;
  for (let i = 0; i < changes.length; ) {
    let count = 0;
    while (changes[i + count]) count++;
    if (count) ids.push(removing ? kinds.remove : kinds.insert, sizeToken(at), sizeToken(count));
    at += removing ? 1 : count + 1;
    i += count + 1;
  }
  return ids;
}

/** The shortest way to make one row of another. */
function rowIds(before: readonly number[], after: readonly number[]): number[] {
  const changed = [...after.keys()].filter((c) => before[c] !== after[c]);
  if (changed.length === 0) return [TOKEN.keep, TOKEN.rowEnd];
  if (2 * changed.length >= after.length) return [TOKEN.write, ...after, TOKEN.rowEnd];
  const set = changed.flatMap((c) => [sizeToken(c + 1), after[c]!]);
  return [TOKEN.set, ...set, TOKEN.rowEnd];
}

function idsFor(draft: Grid, answer: Grid, rows: Lines, columns: Lines): number[] {
  const before = resized(draft, rows, columns);
  return [
    TOKEN.edit,
    ...resizing(height(draft), rows, ROW_OPERATIONS),
    ...resizing(width(draft), columns, COLUMN_OPERATIONS),
    ...answer.flatMap((line, r) => rowIds(before[r]!, line)),
  ];
}

/** How many of the cells in two lines that go together have the same colour. */
const alike = (lines: Lines, same: (draft: number, answer: number) => boolean): number =>
  lines.reduce<number>((sum, d, a) => sum + Number(d !== undefined && same(d, a)), 0);

/** The neighbouring rows and columns that are most alike; of equals the first. */
function window(draft: Grid, answer: Grid): { rows: Lines; columns: Lines } {
  let [most, found] = [-1, { rows: [] as Lines, columns: [] as Lines }];
  for (const down of offsets(height(draft), height(answer))) {
    const rows = shifted(height(draft), height(answer), down);
    for (const across of offsets(width(draft), width(answer))) {
      const columns = shifted(width(draft), width(answer), across);
      const count = rows.reduce<number>(
        (sum, d, a) =>
          sum + (d === undefined ? 0 : alike(columns, (dc, ac) => draft[d]![dc] === answer[a]![ac])),
        0,
      );
      if (count > most) [most, found] = [count, { rows, columns }];
    }
  }
  return found;
}

/**
 * The ids of the operations that turn `draft` into `answer`: of three ways to choose the lines that stay, the one with the
 * fewest decisions, where more than one id is allowed (the first of equals). They are the neighbouring lines that are most
 * alike; from these columns, the rows that are most alike and then the columns that are most alike in them; the first lines.
 */
export function scriptOf(draft: Grid, answer: Grid): number[] {
  const [height0, height1] = [height(draft), height(answer)];
  const [width0, width1] = [width(draft), width(answer)];
  const near = window(draft, answer);
  const rows = align(height0, height1, (d, a) =>
    alike(near.columns, (dc, ac) => draft[d]![dc] === answer[a]![ac]),
  );
  const columns = align(width0, width1, (d, a) => alike(rows, (dr, ar) => draft[dr]![d] === answer[ar]![a]));
  const decisions = (ids: readonly number[]) =>
    followScript(draft, height1, width1, 0, ids).forced.filter((known) => !known).length;
  return [
    idsFor(draft, answer, near.rows, near.columns),
    idsFor(draft, answer, rows, columns),
    idsFor(draft, answer, shifted(height0, height1, 0), shifted(width0, width1, 0)),
  ]
    .map((ids) => ({ ids, cost: decisions(ids) }))
    .reduce((least, way) => (way.cost < least.cost ? way : least)).ids;
}

/**
 * Writes operations on a draft as tokens, and carries them out.
 * @param index the number of the answer's grid
 * @throws JigsawError "bad-task" where the grammar does not allow an id, or operations are missing or left over
 */
export function followScript(
  draft: Grid,
  rows: number,
  columns: number,
  index: number,
  ids: readonly number[],
): { readonly tokens: Token[]; readonly forced: boolean[]; readonly grid: Grid } {
  const refuse = (what: string): never => {
    throw new JigsawError("bad-task", `the operations on a draft of ${rows} x ${columns}: ${what}`);
  };
  const steps = editing(draft, rows, columns, index);
  const tokens: Token[] = [];
  const forced: boolean[] = [];
  let step = steps.next();
  for (const [i, id] of ids.entries()) {
    if (step.done) return refuse(`${ids.length - i} are left over`);
    const { ids: allowed, placeOf } = step.value;
    if (!allowed.includes(id)) refuse(`number ${i + 1} is ${id}, where [${allowed}] are allowed`);
    tokens.push({ id, place: placeOf(id) });
    forced.push(allowed.length === 1);
    step = steps.next(id);
  }
  if (!step.done) return refuse("some are missing");
  const cells = step.value;
  return { tokens, forced, grid: makeGrid(rows, columns, (r, c) => cells[r * columns + c]!) };
}
