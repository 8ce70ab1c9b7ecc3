// Arrays of float64 and the few plain loops that the operators' meanings are written with.

export interface Array64 {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The array whose element at each index is `f(index)`; the index is reused, so `f` must not keep it. */
export function tabulate(shape: readonly number[], f: (index: number[]) => number): Array64 {
  const data = new Float64Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    data[i] = f(index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = index[axis]! + 1;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return { shape, data };
}

/** The element at an index that may have more axes than the array, by NumPy's rule of broadcasting. */
export function at({ shape, data }: Array64, index: readonly number[]): number {
  let offset = 0;
  const missing = index.length - shape.length;
  for (let axis = 0; axis < shape.length; axis++) {
    offset = offset * shape[axis]! + (shape[axis] === 1 ? 0 : index[axis + missing]!);
  }
  return data[offset]!;
}

/** `index` with one axis replaced. */
export const put = (index: readonly number[], axis: number, value: number): number[] =>
  index.with(axis, value);

export function sum(count: number, f: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += f(i);
  return total;
}

export const sumOf = ({ data }: Array64): number => sum(data.length, (i) => data[i]!);

/** Applies `f` cell by cell, with broadcasting. */
export function zip(f: (...values: number[]) => number, ...arrays: readonly Array64[]): Array64 {
  const rank = Math.max(...arrays.map(({ shape }) => shape.length));
  const shape = Array.from({ length: rank }, (_, i) =>
    Math.max(...arrays.map((a) => a.shape[i - rank + a.shape.length] ?? 1)),
  );
  return tabulate(shape, (index) => f(...arrays.map((a) => at(a, index))));
}

/** Sums over axes, which stay as 1. */
export function sumAxes(a: Array64, axes: readonly number[]): Array64 {
  const shape = a.shape.map((dim, i) => (axes.includes(i) ? 1 : dim));
  const total = { shape, data: new Float64Array(sizeOf(shape)) };
  tabulate(a.shape, (index) => {
    let offset = 0;
    for (const [axis, i] of index.entries()) offset = offset * shape[axis]! + (shape[axis] === 1 ? 0 : i);
    total.data[offset]! += at(a, index);
    return 0;
  });
  return total;
}

export const reshaped = ({ data }: Array64, shape: readonly number[]): Array64 => ({ shape, data });

/** The product of the matrices in the last two axes; leading axes agree. */
export function product(a: Array64, b: Array64): Array64 {
  const inner = a.shape.at(-1)!;
  return tabulate([...a.shape.slice(0, -1), b.shape.at(-1)!], (index) => {
    const [lead, column] = [index.slice(0, -1), index.at(-1)!];
    return sum(inner, (k) => at(a, [...lead, k]) * at(b, [...lead.slice(0, -1), k, column]));
  });
}

export function swapped(a: Array64): Array64 {
  const shape = [...a.shape.slice(0, -2), a.shape.at(-1)!, a.shape.at(-2)!];
  return tabulate(shape, (i) => at(a, [...i.slice(0, -2), i.at(-1)!, i.at(-2)!]));
}

/** Softmax over the last axis. */
export function softened(a: Array64): Array64 {
  const last = a.shape.length - 1;
  const powers = zip((x, top) => Math.exp(x - top), a, maxLast(a));
  return zip((x, total) => x / total, powers, sumAxes(powers, [last]));
}

function maxLast(a: Array64): Array64 {
  const width = a.shape.at(-1)!;
  return tabulate([...a.shape.slice(0, -1), 1], (index) => {
    let top = -Infinity;
    for (let i = 0; i < width; i++) top = Math.max(top, at(a, put(index, index.length - 1, i)));
    return top;
  });
}

/** RMSNorm over the last axis. */
export function normed(x: Array64, weight: Array64, eps: number): Array64 {
  const squares = sumAxes(
    zip((v) => v * v, x),
    [x.shape.length - 1],
  );
  const width = x.shape.at(-1)!;
  return zip((v, square, w) => (v / Math.sqrt(square / width + eps)) * w, x, squares, weight);
}
