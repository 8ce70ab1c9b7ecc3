// Elementwise operators, with broadcasting, and reductions; each with its gradient.
import { axisOf, broadcast, product, sameShape } from "./dims.ts";
import { expand, reshape } from "./movement.ts";
import { apply, constant, type DType, scalar, shapeError, type Tensor } from "./tensor.ts";

/** Sums a gradient over the axes along which `operand` was broadcast. */
function unbroadcast(gradient: Tensor, operand: Tensor): Tensor {
  if (sameShape(gradient.shape, operand.shape)) return gradient;
  const missing = gradient.shape.length - operand.shape.length;
  const axes = gradient.shape.flatMap((dim, i) =>
    i < missing || operand.shape[i - missing] !== dim ? [i] : [],
  );
  return reshape(reduceSum(gradient, axes), operand.shape);
}

export const add = (a: Tensor, b: Tensor): Tensor =>
  apply("Add", [a, b], { shape: broadcast("Add", a, b) }, {}, (g) => [unbroadcast(g, a), unbroadcast(g, b)]);

export const sub = (a: Tensor, b: Tensor): Tensor =>
  apply("Sub", [a, b], { shape: broadcast("Sub", a, b) }, {}, (g) => [
    unbroadcast(g, a),
    unbroadcast(neg(g), b),
  ]);

export const mul = (a: Tensor, b: Tensor): Tensor =>
  apply("Mul", [a, b], { shape: broadcast("Mul", a, b) }, {}, (g) => [
    unbroadcast(mul(g, b), a),
    unbroadcast(mul(g, a), b),
  ]);

export const div = (a: Tensor, b: Tensor): Tensor => {
  const quotient: Tensor = apply("Div", [a, b], { shape: broadcast("Div", a, b) }, {}, (g) => [
    unbroadcast(div(g, b), a),
    unbroadcast(neg(div(mul(g, quotient), b)), b),
  ]);
  return quotient;
};

export const neg = (a: Tensor): Tensor => apply("Neg", [a], a, {}, (g) => [neg(g)]);

export const exp = (a: Tensor): Tensor => {
  const power: Tensor = apply("Exp", [a], a, {}, (g) => [mul(g, power)]);
  return power;
};

export const log = (a: Tensor): Tensor => apply("Log", [a], a, {}, (g) => [div(g, a)]);

export const sqrt = (a: Tensor): Tensor => {
  const root: Tensor = apply("Sqrt", [a], a, {}, (g) => [div(mul(g, scalar(0.5, g)), root)]);
  return root;
};

export const sigmoid = (a: Tensor): Tensor => {
  const s: Tensor = apply("Sigmoid", [a], a, {}, (g) => [mul(g, mul(s, sub(scalar(1, s), s)))]);
  return s;
};

export const cos = (a: Tensor): Tensor => apply("Cos", [a], a, {}, (g) => [neg(mul(g, sin(a)))]);

export const sin = (a: Tensor): Tensor => apply("Sin", [a], a, {}, (g) => [mul(g, cos(a))]);

/** The smaller of the two, cell by cell; used where no gradient is needed. */
export const min = (a: Tensor, b: Tensor): Tensor => apply("Min", [a, b], { shape: broadcast("Min", a, b) });

/** The larger of the two, cell by cell; used where no gradient is needed. */
export const max = (a: Tensor, b: Tensor): Tensor => apply("Max", [a, b], { shape: broadcast("Max", a, b) });

export const equal = (a: Tensor, b: Tensor): Tensor =>
  apply("Equal", [a, b], { shape: broadcast("Equal", a, b), dtype: "bool" });

/** `a` where the condition holds, `b` elsewhere. */
export const where = (condition: Tensor, a: Tensor, b: Tensor): Tensor =>
  apply(
    "Where",
    [condition, a, b],
    { shape: broadcast("Where", condition, a, b), dtype: a.dtype },
    {},
    (g) => [
      undefined,
      unbroadcast(where(condition, g, scalar(0, g)), a),
      unbroadcast(where(condition, scalar(0, g), g), b),
    ],
  );

const ONNX_TYPE = { float32: 1, uint8: 2, int64: 7, bool: 9, float64: 11 } as const satisfies Record<
  DType,
  number
>;

export const cast = (a: Tensor, dtype: DType): Tensor =>
  apply("Cast", [a], { shape: a.shape, dtype }, { to: ONNX_TYPE[dtype] }, (g) => [
    a.dtype.startsWith("float") ? cast(g, a.dtype) : undefined,
  ]);

/** Stops gradients: the same values, as if they were given. */
export const detach = (a: Tensor): Tensor => apply("Identity", [a], a, {}, () => [undefined]);

export const scale = (a: Tensor, factor: number): Tensor => mul(a, scalar(factor, a));

/** The sum over axes, which stay as 1, so that the result broadcasts back. */
export function reduceSum(a: Tensor, axes: readonly number[]): Tensor {
  // ONNX would take an empty list for all axes.
  if (axes.length === 0) return a;
  const front = axes.map((axis) => axisOf("ReduceSum", a.shape, axis));
  const shape = a.shape.map((dim, i) => (front.includes(i) ? 1 : dim));
  const operands = [a, constant(front, [front.length], "int64")];
  return apply("ReduceSum", operands, { shape }, { keepdims: 1 }, (g) => [expand(g, a)]);
}

/** The mean over axes of fixed length, which stay as 1. */
export function reduceMean(a: Tensor, axes: readonly number[]): Tensor {
  const size = product(axes.map((axis) => a.shape[axisOf("mean", a.shape, axis)]!));
  if (typeof size === "string") throw shapeError("mean", [a.shape], `axes ${axes} have no fixed length`);
  return scale(reduceSum(a, axes), 1 / size);
}

/** The sum of the squares of all elements; every axis stays as 1. */
export const sumOfSquares = (a: Tensor): Tensor => reduceSum(mul(a, a), [...a.shape.keys()]);

/** x * sigmoid(x), Qwen3's activation. */
export const silu = (a: Tensor): Tensor => mul(a, sigmoid(a));
