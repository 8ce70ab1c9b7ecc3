// Sums over axes. Reduced axes stay as 1, so that results broadcast back.
import { axisOf } from "./dims.ts";
import { expand } from "./movement.ts";
import { apply, constant, type Tensor } from "./tensor.ts";

export function reduceSum(a: Tensor, axes: readonly number[]): Tensor {
  // ONNX would take an empty list for all axes.
  if (axes.length === 0) return a;
  const front = axes.map((axis) => axisOf("ReduceSum", a.shape, axis));
  const shape = a.shape.map((dim, i) => (front.includes(i) ? 1 : dim));
  const operands = [a, constant(front, [front.length], "int64")];
  return apply("ReduceSum", operands, { shape }, { keepdims: 1 }, (g) => [expand(g, a)]);
}
