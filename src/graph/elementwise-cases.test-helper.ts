import type { Case, Operand } from "./check.test-helper.ts";
import * as ops from "./elementwise.ts";
import { type Array64, sumAxes, sumOf, zip } from "./reference.test-helper.ts";
import type { Tensor } from "./tensor.ts";

type Cases = Readonly<Record<string, Case>>;

/** Pairs of shapes that broadcast in every way: none, a scalar, missing axes, axes of 1 on one side or on both. */
const PAIRS: Readonly<Record<string, readonly [Operand["shape"], Operand["shape"]]>> = {
  "the same shape": [
    ["T", 5],
    ["T", 5],
  ],
  "a scalar": [["T", 5], []],
  "from a scalar": [[], ["T", 5]],
  "missing axes": [[2, "T", 3], [3]],
  "a column": [
    ["T", 5],
    ["T", 1],
  ],
  "both ways": [
    ["T", 1, 4],
    [2, 1],
  ],
  "a single element": [
    ["T", 4],
    [1, 1],
  ],
};

const binary = (
  op: (a: Tensor, b: Tensor) => Tensor,
  f: (a: number, b: number) => number,
  { divisor = false, gradients }: { divisor?: boolean; gradients?: readonly number[] } = {},
): Cases =>
  Object.fromEntries(
    Object.entries(PAIRS).map(([name, [left, right]]) => [
      name,
      {
        operands: [{ shape: left }, { shape: right, draw: divisor ? "positive" : "normal" }],
        graph: op,
        reference: (a, b) => zip(f as (...values: number[]) => number, a!, b!),
        ...(gradients && { gradients }),
      } satisfies Case,
    ]),
  );

const unary = (
  op: (a: Tensor) => Tensor,
  f: (a: number) => number,
  draw: Operand["draw"] = "normal",
): Cases => ({
  "cell by cell": { operands: [{ shape: ["T", 7], draw }], graph: op, reference: (a) => zip(f, a!) },
  "on a scalar": { operands: [{ shape: [], draw }], graph: op, reference: (a) => zip(f, a!) },
});

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

const chosen = (c: number, a: number, b: number) => (c ? a : b);
const choice = (c: Array64, a: Array64, b: Array64) => zip(chosen as never, c, a, b);

export const elementwise = {
  add: binary(ops.add, (a, b) => a + b),
  sub: binary(ops.sub, (a, b) => a - b),
  mul: {
    ...binary(ops.mul, (a, b) => a * b),
    "a tensor with itself": {
      operands: [{ shape: ["T", 4] }],
      graph: (a) => ops.mul(a!, a!),
      reference: (a) => zip((x) => x * x, a!),
    },
  },
  div: binary(ops.div, (a, b) => a / b, { divisor: true }),
  neg: unary(ops.neg, (x) => -x),
  exp: unary(ops.exp, Math.exp),
  log: unary(ops.log, Math.log, "positive"),
  sqrt: unary(ops.sqrt, Math.sqrt, "positive"),
  sigmoid: unary(ops.sigmoid, sigmoid),
  cos: unary(ops.cos, Math.cos),
  sin: unary(ops.sin, Math.sin),
  min: binary(ops.min, Math.min, { gradients: [] }),
  max: binary(ops.max, Math.max, { gradients: [] }),
  equal: {
    ids: {
      operands: [
        { shape: ["T", 1], draw: { below: 3 } },
        { shape: [1, 5], draw: { below: 3 } },
      ],
      graph: (a, b) => ops.equal(a!, b!),
      reference: (a, b) => zip((x, y) => +(x === y), a!, b!),
    },
  },
  where: {
    "the same shape": {
      operands: [{ shape: ["T", 5], draw: "bool" }, { shape: ["T", 5] }, { shape: ["T", 5] }],
      graph: (c, a, b) => ops.where(c!, a!, b!),
      reference: (c, a, b) => choice(c!, a!, b!),
    },
    "broadcast from all sides": {
      operands: [{ shape: ["T", 1, 3], draw: "bool" }, { shape: [2, 1] }, { shape: [] }],
      graph: (c, a, b) => ops.where(c!, a!, b!),
      reference: (c, a, b) => choice(c!, a!, b!),
    },
    "a wider condition": {
      operands: [{ shape: [2, "T", 3], draw: "bool" }, { shape: ["T", 3] }, { shape: [1, 3] }],
      graph: (c, a, b) => ops.where(c!, a!, b!),
      reference: (c, a, b) => choice(c!, a!, b!),
    },
  },
  cast: {
    "to float64 and back": {
      operands: [{ shape: ["T", 5] }],
      graph: (a) => ops.cast(ops.mul(ops.cast(a!, "float64"), ops.cast(a!, "float64")), a!.dtype),
      reference: (a) => zip((x) => x * x, a!),
    },
    "from int64": {
      operands: [{ shape: ["T", 5], draw: { below: 100 } }, { shape: ["T", 5] }],
      graph: (ids, a) => ops.mul(ops.cast(ids!, a!.dtype), a!),
      reference: (ids, a) => zip((x, y) => x * y, ids!, a!),
    },
    "from bool": {
      operands: [{ shape: ["T", 5], draw: "bool" }],
      graph: (a) => ops.cast(a!, "float32"),
      reference: (a) => a!,
    },
    "to int64": {
      operands: [{ shape: ["T", 5], draw: "bool" }],
      graph: (a) => ops.cast(a!, "int64"),
      reference: (a) => a!,
    },
  },
  detach: {
    value: { operands: [{ shape: ["T", 5] }], graph: ops.detach, reference: (a) => a!, gradients: [] },
  },
  scale: unary(
    (a) => ops.scale(a, -1.75),
    (x) => -1.75 * x,
  ),
  reduceSum: {
    "the last axis": {
      operands: [{ shape: ["T", 6] }],
      graph: (a) => ops.reduceSum(a!, [-1]),
      reference: (a) => sumAxes(a!, [1]),
    },
    "a named axis and another": {
      operands: [{ shape: [2, 3, "T"] }],
      graph: (a) => ops.reduceSum(a!, [0, -1]),
      reference: (a) => sumAxes(a!, [0, 2]),
    },
    "every axis": {
      operands: [{ shape: ["T", 2, 3] }],
      graph: (a) => ops.reduceSum(a!, [0, 1, 2]),
      reference: (a) => sumAxes(a!, [0, 1, 2]),
    },
    "no axis": { operands: [{ shape: ["T", 3] }], graph: (a) => ops.reduceSum(a!, []), reference: (a) => a! },
    "an axis of 1": {
      operands: [{ shape: ["T", 1] }],
      graph: (a) => ops.reduceSum(a!, [1]),
      reference: (a) => a!,
    },
  },
  reduceMean: {
    "the last axis": {
      operands: [{ shape: ["T", 6] }],
      graph: (a) => ops.reduceMean(a!, [-1]),
      reference: (a) => zip((x) => x / 6, sumAxes(a!, [1])),
    },
    "two axes": {
      operands: [{ shape: [3, "T", 4] }],
      graph: (a) => ops.reduceMean(a!, [0, 2]),
      reference: (a) => zip((x) => x / 12, sumAxes(a!, [0, 2])),
    },
    "no axis": {
      operands: [{ shape: ["T", 4] }],
      graph: (a) => ops.reduceMean(a!, []),
      reference: (a) => a!,
    },
  },
  sumOfSquares: {
    "a matrix": {
      operands: [{ shape: ["T", 6] }],
      graph: ops.sumOfSquares,
      reference: (a) => ({ shape: [1, 1], data: Float64Array.of(sumOf(zip((x) => x * x, a!))) }),
    },
    "a vector": {
      operands: [{ shape: [9] }],
      graph: ops.sumOfSquares,
      reference: (a) => ({ shape: [1], data: Float64Array.of(sumOf(zip((x) => x * x, a!))) }),
    },
    "a scalar": {
      operands: [{ shape: [] }],
      graph: ops.sumOfSquares,
      reference: (a) => zip((x) => x * x, a!),
    },
  },
  silu: unary(ops.silu, (x) => x * sigmoid(x)),
} satisfies Record<keyof typeof ops, Cases>;
