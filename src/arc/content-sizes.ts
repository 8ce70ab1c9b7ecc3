// The size of an answer, read off what is in the grids: how large an object is, how many there are, how the grid is cut.
import { COLOURS, commonest, type Grid, height, width } from "./grid.ts";
import type { Size } from "./size-rules.ts";
import type { Task } from "./task.ts";

interface Box {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** The least box around the cells that `holds` picks; undefined where there are none. */
function boxAround(grid: Grid, holds: (colour: number) => boolean): Box | undefined {
  const rows = [...grid.keys()].filter((r) => grid[r]!.some(holds));
  const columns = [...grid[0]!.keys()].filter((c) => grid.some((row) => holds(row[c]!)));
  if (rows.length === 0) return undefined;
  return { top: rows[0]!, bottom: rows.at(-1)!, left: columns[0]!, right: columns.at(-1)! };
}

/** Objects: cells that touch (at corners, too), none of them of the background; of one colour each with `plain`. */
function objects(grid: Grid, background: number, plain: boolean): { box: Box; cells: number }[] {
  const seen = grid.map((row) => row.map((colour) => colour === background));
  const found: { box: Box; cells: number }[] = [];
  for (const [r, row] of grid.entries()) {
    for (const c of row.keys()) {
      if (seen[r]![c]) continue;
      const box = { top: r, bottom: r, left: c, right: c };
      let cells = 0;
      const waiting = [[r, c] as const];
      seen[r]![c] = true;
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        const [y, x] = next;
        cells++;
        box.top = Math.min(box.top, y);
        box.bottom = Math.max(box.bottom, y);
        box.left = Math.min(box.left, x);
        box.right = Math.max(box.right, x);
        for (let dy = -1; dy <= 1; dy++) {
          for (let dx = -1; dx <= 1; dx++) {
            const [ny, nx] = [y + dy, x + dx];
            if (seen[ny]?.[nx] !== false || (plain && grid[ny]![nx] !== grid[r]![c])) continue;
            seen[ny]![nx] = true;
            waiting.push([ny, nx]);
          }
        }
      }
      found.push({ box, cells });
    }
  }
  return found;
}

/** The lengths of the stretches between lines of one colour that cross the whole grid. */
function panels(lines: readonly (readonly number[])[], background: number): number[] {
  const isLine = (line: readonly number[]) =>
    line[0] !== background && line.every((colour) => colour === line[0]);
  const lengths: number[] = [0];
  for (const line of lines) {
    if (isLine(line)) lengths.push(0);
    else lengths[lengths.length - 1]!++;
  }
  return lengths.filter((length) => length > 0);
}

/** Numbers that a grid's content gives, by what they are. */
function features(grid: Grid): Map<string, number> {
  const found = new Map<string, number>();
  const add = (name: string, value: number | undefined) => {
    if (value !== undefined && value >= 1 && value <= 30) found.set(name, value);
  };
  const addBox = (name: string, box: Box | undefined) => {
    if (!box) return;
    add(`${name} rows`, box.bottom - box.top + 1);
    add(`${name} columns`, box.right - box.left + 1);
    add(`inside ${name} rows`, box.bottom - box.top - 1);
    add(`inside ${name} columns`, box.right - box.left - 1);
  };
  const background = commonest(grid.flat());
  addBox(
    "content",
    boxAround(grid, (colour) => colour !== background),
  );
  const counts = new Array<number>(COLOURS).fill(0);
  for (const colour of grid.flat()) counts[colour]!++;
  const others = [...counts.keys()].filter((colour) => counts[colour]! > 0 && colour !== background);
  for (const colour of others)
    addBox(
      `colour ${colour}`,
      boxAround(grid, (one) => one === colour),
    );
  const byCount = others.toSorted((a, b) => counts[a]! - counts[b]!);
  if (byCount.length) {
    addBox(
      "rarest",
      boxAround(grid, (one) => one === byCount[0]),
    );
    addBox(
      "commonest",
      boxAround(grid, (one) => one === byCount.at(-1)),
    );
    add("rarest cells", counts[byCount[0]!]);
    add("commonest cells", counts[byCount.at(-1)!]);
  }
  add("colours", others.length);
  add("all colours", others.length + 1);
  for (const plain of [false, true]) {
    const name = plain ? "plain object" : "object";
    const all = objects(grid, background, plain);
    add(`${name}s`, all.length);
    const bySize = all.toSorted((a, b) => a.cells - b.cells);
    addBox(`smallest ${name}`, bySize[0]?.box);
    addBox(`largest ${name}`, bySize.at(-1)?.box);
  }
  for (const [name, lines] of [
    ["rows", grid],
    ["columns", grid[0]!.map((_, c) => grid.map((row) => row[c]!))],
  ] as const) {
    const lengths = panels(lines, background);
    add(`panel ${name}`, lengths[0]);
    add(`panels down ${name}`, lengths.length);
  }
  return found;
}

/** Most that any feature says of a side, among those that explain all demonstrations; undefined where none does. */
function sideFrom(
  seen: readonly Map<string, number>[],
  sides: readonly number[],
  asked: Map<string, number>,
) {
  const votes = new Map<number, number>();
  for (const [name, value] of asked) {
    if (seen.every((features, i) => features.get(name) === sides[i]))
      votes.set(value, (votes.get(value) ?? 0) + 1);
  }
  const [first, second] = [...votes].toSorted((a, b) => b[1] - a[1]);
  return first && first[1] > (second?.[1] ?? 0) ? first[0] : undefined;
}

/** The size that most features of the content tell that explain all demonstrations; undefined where there are none. */
export function sizeByContent(task: Task, test: number): Size | undefined {
  const seen = task.train.map(({ input }) => features(input));
  const asked = features(task.test[test]!.input);
  const side = (of: typeof height): number | undefined => {
    const sides = task.train.map(({ output }) => of(output));
    return sides.every((one) => one === sides[0]) ? sides[0] : sideFrom(seen, sides, asked);
  };
  const [rows, columns] = [side(height), side(width)];
  return rows && columns ? { rows, columns } : undefined;
}
