// Operators that move or rearrange elements without computing on them.
import { axisOf, plus, product, sameShape, times } from "./dims.ts";
import { apply, constant, type Dim, type Shape, shapeError, type Tensor } from "./tensor.ts";

const ints = (values: readonly number[]): Tensor => constant(values, [values.length], "int64");

/** The same elements in another shape; at most one of the new dimensions may be a name. */
export function reshape(a: Tensor, shape: Shape): Tensor {
  if (sameShape(a.shape, shape)) return a;
  if (shape.filter((dim) => typeof dim === "string").length > 1) {
    throw shapeError("Reshape", [a.shape, shape], "at most one new dimension may be a name");
  }
  const [from, to] = [product(a.shape), product(shape)];
  if (typeof from === "number" && typeof to === "number" && from !== to) {
    throw shapeError("Reshape", [a.shape, shape], `${from} elements cannot become ${to}`);
  }
  const target = ints(shape.map((dim) => (typeof dim === "string" ? -1 : dim)));
  return apply("Reshape", [a, target], { shape }, {}, (g) => [reshape(g, a.shape)]);
}

/** Axis i of the result is axis `order[i]` of the operand. */
export function transpose(a: Tensor, order: readonly number[]): Tensor {
  if (order.length !== a.shape.length || new Set(order).size !== order.length) {
    throw shapeError("Transpose", [a.shape], `[${order}] is no order of its axes`);
  }
  const shape = order.map((axis) => a.shape[axisOf("Transpose", a.shape, axis)]!);
  const back = order.map((_, i) => order.indexOf(i));
  return apply("Transpose", [a], { shape }, { perm: order }, (g) => [transpose(g, back)]);
}

/** Broadcasts `a` to the shape of `like`. Used for gradients of sums; gradients do not flow through it. */
export function expand(a: Tensor, like: Tensor): Tensor {
  if (sameShape(a.shape, like.shape)) return a;
  const target = like.shape.every((dim) => typeof dim === "number")
    ? ints(like.shape as number[])
    : apply("Shape", [like], { shape: [like.shape.length], dtype: "int64" });
  return apply("Expand", [a, target], { shape: like.shape });
}

/** Elements `start` (inclusive) to `end` (exclusive) of one axis; `end` undefined: to the end of a named axis. */
export function slice(a: Tensor, axis: number, start: number, end?: number, name?: Dim): Tensor {
  const at = axisOf("Slice", a.shape, axis);
  const length = a.shape[at]!;
  const stop = end ?? (typeof length === "number" ? length : undefined);
  if (start < 0 || (stop !== undefined && (stop <= start || (typeof length === "number" && stop > length)))) {
    throw shapeError("Slice", [a.shape], `axis ${at} has no range ${start} to ${stop}`);
  }
  const size: Dim = stop === undefined ? (name ?? `${length}-${start}`) : stop - start;
  const shape = a.shape.map((dim, i) => (i === at ? size : dim));
  const operands = [a, ints([start]), ints([stop ?? 2 ** 31 - 1]), ints([at])];
  return apply("Slice", operands, { shape }, {}, (g) => {
    if (typeof length !== "number" || stop === undefined) {
      throw shapeError("gradient of Slice", [a.shape], "the axis must have a fixed length");
    }
    return [pad(g, at, start, length - stop)];
  });
}

/** Puts `before` and `after` zeros around one axis of fixed length. */
function pad(a: Tensor, axis: number, before: number, after: number): Tensor {
  const length = a.shape[axis] as number;
  const rank = a.shape.length;
  const pads = new Array<number>(2 * rank).fill(0);
  pads[axis] = before;
  pads[axis + rank] = after;
  const shape = a.shape.map((dim, i) => (i === axis ? length + before + after : dim));
  return apply("Pad", [a, ints(pads)], { shape }, {}, (g) => [slice(g, axis, before, before + length)]);
}

/** Joins tensors along an axis. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const first = parts[0]!;
  if (parts.length === 1) return first;
  const at = axisOf("Concat", first.shape, axis);
  for (const part of parts) {
    if (!sameShape(part.shape.toSpliced(at, 1), first.shape.toSpliced(at, 1))) {
      throw shapeError(
        "Concat",
        parts.map((p) => p.shape),
        `all axes but ${at} must agree`,
      );
    }
  }
  const length = parts.map((part) => part.shape[at]!).reduce(plus, 0);
  const shape = first.shape.map((dim, i) => (i === at ? length : dim));
  return apply("Concat", parts, { shape }, { axis: at }, (g) => {
    let start = 0;
    return parts.map((part) => {
      const size = part.shape[at] as number;
      start += size;
      return slice(g, at, start - size, start);
    });
  });
}

/** Repeats one axis as a whole; used where no gradient is needed. */
export function tile(a: Tensor, axis: number, count: number): Tensor {
  if (count === 1) return a;
  const at = axisOf("Tile", a.shape, axis);
  const shape = a.shape.map((dim, i) => (i === at ? times(count, dim) : dim));
  return apply("Tile", [a, ints(a.shape.map((_, i) => (i === at ? count : 1)))], { shape });
}

/** Elements of one axis from `start` to before `end`, int64 [1] each; used where no gradient is needed. */
export function sliceBetween(a: Tensor, axis: number, start: Tensor, end: Tensor, name: Dim): Tensor {
  const at = axisOf("Slice", a.shape, axis);
  const shape = a.shape.map((dim, i) => (i === at ? name : dim));
  return apply("Slice", [a, start, end, ints([at])], { shape });
}

/** The length of one axis as it is when the graph runs: int64 [1]. */
const lengthOf = (a: Tensor, axis: number): Tensor =>
  apply("Shape", [a], { shape: [1], dtype: "int64" }, { start: axis, end: axis + 1 });

/** Cuts an axis into pieces as long as axis `partAxis` of each of `parts`; their lengths may be names. */
export function splitLike(a: Tensor, axis: number, parts: readonly Tensor[], partAxis: number): Tensor[] {
  if (parts.length === 1) return [a];
  const at = axisOf("Slice", a.shape, axis);
  let start = ints([0]);
  return parts.map((part) => {
    const end = apply("Add", [start, lengthOf(part, partAxis)], { shape: [1], dtype: "int64" });
    const shape = a.shape.map((dim, i) => (i === at ? part.shape[partAxis]! : dim));
    const piece = apply("Slice", [a, start, end, ints([at])], { shape });
    start = end;
    return piece;
  });
}
