// The size of an answer, read off the demonstrations where a simple rule explains all of them.
import { height, width } from "./grid.ts";
import type { Task } from "./task.ts";

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** How an output's side may follow from its input's: the number that a rule finds in a demonstration, and its use. */
interface SideRule {
  /** What the demonstrations have to agree on; undefined where the rule does not fit. */
  find(input: number, output: number): number | undefined;
  apply(input: number, found: number): number;
}

/** From the simplest: kept or changed by so many cells, a multiple, a part, always the same. */
const SIDE_RULES: readonly SideRule[] = [
  { find: (input, output) => output - input, apply: (input, by) => input + by },
  {
    find: (input, output) => (output % input ? undefined : output / input),
    apply: (input, by) => input * by,
  },
  {
    find: (input, output) => (input % output ? undefined : input / output),
    apply: (input, by) => input / by,
  },
  { find: (_, output) => output, apply: (_, side) => side },
];

/** The side that each rule predicts that explains all pairs of sides. */
function predictions(
  pairs: readonly (readonly [input: number, output: number])[],
  test: number,
): Set<number> {
  const sides = new Set<number>();
  for (const { find, apply } of SIDE_RULES) {
    const found = find(...pairs[0]!);
    if (found === undefined || pairs.some(([input, output]) => find(input, output) !== found)) continue;
    sides.add(apply(test, found));
  }
  return sides;
}

/**
 * The size of the answer to a test input, where all rules that explain the demonstrations agree on one; undefined
 * where none explains them or two disagree. Each side may follow from the input's height or from its width.
 */
export function sizeByRule(task: Task, test: number): Size | undefined {
  const asked = task.test[test]!.input;
  const side = (of: typeof height, from: typeof height) =>
    predictions(
      task.train.map(({ input, output }) => [from(input), of(output)] as const),
      from(asked),
    );
  const agreed = (of: typeof height, own: typeof height, other: typeof height) => {
    const straight = side(of, own);
    const sides = straight.size ? straight : side(of, other);
    const [first] = sides;
    return sides.size === 1 && Number.isInteger(first) && first! >= 1 && first! <= 30 ? first : undefined;
  };
  const rows = agreed(height, height, width);
  const columns = agreed(width, width, height);
  return rows && columns ? { rows, columns } : undefined;
}
