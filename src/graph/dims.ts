// Arithmetic on dimensions that may be names. Names multiply and add up to names: 2 * "T" is "2*T".
import { type Dim, type Shape, shapeError, type Tensor } from "./tensor.ts";

export const times = (a: Dim, b: Dim): Dim => {
  if (typeof a === "number" && typeof b === "number") return a * b;
  if (a === 1) return b;
  if (b === 1) return a;
  return `${a}*${b}`;
};

export const plus = (a: Dim, b: Dim): Dim => {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a === 0) return b;
  if (b === 0) return a;
  return `${a}+${b}`;
};

export const product = (shape: Shape): Dim => shape.reduce(times, 1);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

/** The shape of an elementwise operation, by NumPy's broadcasting rule. Names broadcast only against 1 or themselves. */
export function broadcast(op: string, ...tensors: readonly Tensor[]): Dim[] {
  const shapes = tensors.map((t) => t.shape);
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    const dims = shapes.map((s) => s[i - rank + s.length] ?? 1).filter((dim) => dim !== 1);
    if (dims.some((dim) => dim !== dims[0])) throw shapeError(op, shapes, "shapes do not broadcast");
    return dims[0] ?? 1;
  });
}

/** An axis counted from the front, whichever way it was given. */
export function axisOf(op: string, shape: Shape, axis: number): number {
  const front = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(front) || front < 0 || front >= shape.length) {
    throw shapeError(op, [shape], `there is no axis ${axis}`);
  }
  return front;
}
