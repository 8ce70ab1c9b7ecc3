import type { Case } from "./check.test-helper.ts";
import { mul } from "./elementwise.ts";
import type * as linearOps from "./linear.ts";
import { gemm, linear as linearLayer, matmul, swapLast } from "./linear.ts";
import type * as shapeOps from "./movement.ts";
import * as ops from "./movement.ts";
import { type Array64, at, product, put, reshaped, swapped, tabulate, zip } from "./reference.test-helper.ts";
import { constant } from "./tensor.ts";

type Cases = Readonly<Record<string, Case>>;

/** The part of an array from `start` to `end` along an axis. */
const cut = (a: Array64, axis: number, start: number, end: number) =>
  tabulate(a.shape.with(axis, end - start), (i) => at(a, put(i, axis, i[axis]! + start)));

function joined(parts: readonly Array64[], axis: number): Array64 {
  const lengths = parts.map(({ shape }) => shape[axis]!);
  const shape = parts[0]!.shape.with(
    axis,
    lengths.reduce((a, b) => a + b, 0),
  );
  return tabulate(shape, (index) => {
    let place = index[axis]!;
    let part = 0;
    for (; place >= lengths[part]!; part++) place -= lengths[part]!;
    return at(parts[part]!, put(index, axis, place));
  });
}

export const shape = {
  reshape: {
    "to a matrix": {
      operands: [{ shape: ["T", 2, 3] }],
      graph: (a) =>
        ops.reshape(
          a!,
          ["T", 6].map((dim, i) => (i ? dim : a!.shape[0]!)),
        ),
      reference: (a) => reshaped(a!, [a!.shape[0]!, 6]),
    },
    "to more axes": {
      operands: [{ shape: [6, "T"] }],
      graph: (a) => ops.reshape(a!, [2, 3, a!.shape[1]!]),
      reference: (a) => reshaped(a!, [2, 3, a!.shape[1]!]),
    },
    "a scalar": {
      operands: [{ shape: [1, 1] }],
      graph: (a) => ops.reshape(a!, []),
      reference: (a) => reshaped(a!, []),
    },
  },
  transpose: {
    "a rotation of the axes": {
      operands: [{ shape: [2, "T", 4] }],
      // Differs from its own inverse.
      graph: (a) => ops.transpose(a!, [1, 2, 0]),
      reference: (a) => {
        const [x, y, z] = a!.shape as [number, number, number];
        return tabulate([y, z, x], ([i, j, k]) => at(a!, [k!, i!, j!]));
      },
    },
    "five axes, as attention does": {
      operands: [{ shape: [2, "T", 2, 3, 2] }],
      graph: (a) => ops.transpose(a!, [0, 2, 3, 1, 4]),
      reference: (a) => {
        const [b, t, k, g, d] = a!.shape as [number, number, number, number, number];
        return tabulate([b, k, g, t, d], ([i, j, l, m, n]) => at(a!, [i!, m!, j!, l!, n!]));
      },
    },
  },
  expand: {
    "rows and columns": {
      operands: [{ shape: ["T", 1] }, { shape: [2, "T", 3] }],
      graph: (a, like) => ops.expand(a!, like!),
      reference: (a, like) => zip((x) => x, a!, like!),
      gradients: [],
    },
  },
  slice: {
    "from the front": {
      operands: [{ shape: ["T", 7] }],
      graph: (a) => ops.slice(a!, 1, 0, 3),
      reference: (a) => cut(a!, 1, 0, 3),
    },
    "from the middle, counted from the last axis": {
      operands: [{ shape: [2, 7, "T"] }],
      graph: (a) => ops.slice(a!, -2, 2, 6),
      reference: (a) => cut(a!, 1, 2, 6),
    },
    "to the end": {
      operands: [{ shape: ["T", 7] }],
      graph: (a) => ops.slice(a!, -1, 4),
      reference: (a) => cut(a!, 1, 4, 7),
    },
    "to the end of a named axis": {
      operands: [{ shape: [3, "T"] }],
      graph: (a) => ops.slice(a!, 1, 2),
      reference: (a) => cut(a!, 1, 2, a!.shape[1]!),
      gradients: [],
    },
    // The gradient of a slice is a pad, and that of a pad a slice: both are in the gradient of the square here.
    "of a slice, squared": {
      operands: [{ shape: ["T", 7] }],
      graph: (a) => {
        const part = ops.slice(ops.slice(a!, 1, 1, 6), 1, 1, 4);
        return mul(part, part);
      },
      reference: (a) => zip((x) => x * x, cut(a!, 1, 2, 5)),
    },
  },
  concat: {
    "three of different lengths": {
      operands: [{ shape: ["T", 2] }, { shape: ["T", 1] }, { shape: ["T", 4] }],
      graph: (a, b, c) => ops.concat([a!, b!, c!], -1),
      reference: (a, b, c) => joined([a!, b!, c!], 1),
    },
    "along the first axis, one of them twice": {
      operands: [{ shape: [2, "T"] }, { shape: [3, "T"] }],
      graph: (a, b) => ops.concat([a!, b!, a!], 0),
      reference: (a, b) => joined([a!, b!, a!], 0),
    },
    "named lengths": {
      operands: [{ shape: [2, "T"] }, { shape: [2, "U"] }],
      graph: (a, b) => ops.concat([a!, b!], 1),
      reference: (a, b) => joined([a!, b!], 1),
      gradients: [],
    },
    "only one": { operands: [{ shape: [2, "T"] }], graph: (a) => ops.concat([a!], 1), reference: (a) => a! },
  },
  tile: {
    "a named axis": {
      operands: [{ shape: [2, "T", 3] }],
      graph: (a) => ops.tile(a!, 1, 3),
      reference: (a) => joined([a!, a!, a!], 1),
      gradients: [],
    },
    once: { operands: [{ shape: ["T"] }], graph: (a) => ops.tile(a!, 0, 1), reference: (a) => a! },
  },
  sliceBetween: {
    "of a named axis": {
      operands: [{ shape: [2, "T"] }],
      graph: (a) => ops.sliceBetween(a!, 1, constant([1], [1], "int64"), constant([3], [1], "int64"), 2),
      reference: (a) => cut(a!, 1, 1, 3),
      gradients: [],
    },
  },
  splitLike: Object.fromEntries(
    ["first", "second", "third"].map((name, part) => [
      `the ${name} of three`,
      {
        operands: [{ shape: [4, "N"] }, { shape: ["T", 2] }, { shape: ["U", 1] }, { shape: [1, 1] }],
        graph: (a, ...parts) => ops.splitLike(a!, -1, parts, 0)[part]!,
        reference: (a, ...parts) => {
          const ends = parts.map((_, i) => parts.slice(0, i + 1).reduce((n, { shape: [d] }) => n + d!, 0));
          return cut(a!, 1, ends[part - 1] ?? 0, ends[part]!);
        },
        gradients: [],
      } satisfies Case,
    ]),
  ),
} satisfies Record<keyof typeof shapeOps, Cases>;

const SIDES = [false, true];

export const linear = {
  gemm: Object.fromEntries(
    SIDES.flatMap((transA) =>
      SIDES.map((transB) => [
        `${transA ? "A'" : "A"} ${transB ? "B'" : "B"}`,
        {
          operands: [{ shape: transA ? [6, "T"] : ["T", 6] }, { shape: transB ? [5, 6] : [6, 5] }],
          graph: (a, b) => gemm(a!, b!, { transA, transB }),
          reference: (a, b) => product(transA ? swapped(a!) : a!, transB ? swapped(b!) : b!),
        } satisfies Case,
      ]),
    ),
  ),
  linear: {
    "a weight as checkpoints store it": {
      operands: [{ shape: [2, "T", 6] }, { shape: [5, 6] }],
      graph: (x, weight) => linearLayer(x!, weight!),
      reference: (x, weight) => product(x!, { ...swapped(weight!) }),
    },
    "a vector of rows": {
      operands: [{ shape: ["T", 3] }, { shape: [4, 3] }],
      graph: (x, weight) => linearLayer(x!, weight!),
      reference: (x, weight) => product(x!, swapped(weight!)),
    },
  },
  matmul: {
    "two batch axes": {
      operands: [{ shape: [2, 3, "T", 4] }, { shape: [2, 3, 4, 5] }],
      graph: (a, b) => matmul(a!, b!),
      reference: (a, b) => product(a!, b!),
    },
    "a named inner dimension": {
      operands: [{ shape: [2, 3, "T"] }, { shape: [2, "T", 4] }],
      graph: (a, b) => matmul(a!, b!),
      reference: (a, b) => product(a!, b!),
    },
    matrices: {
      operands: [{ shape: ["T", 4] }, { shape: [4, 2] }],
      graph: (a, b) => matmul(a!, b!),
      reference: (a, b) => product(a!, b!),
    },
  },
  swapLast: {
    "in a batch": { operands: [{ shape: [2, 3, "T", 4] }], graph: swapLast, reference: (a) => swapped(a!) },
  },
} satisfies Record<keyof typeof linearOps, Cases>;
