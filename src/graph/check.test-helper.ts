// Checks an operator against its meaning in float64: its value, and its gradient by central differences.
import { expect } from "vitest";
import { random } from "../core/random.ts";
import type { Engine, HostTensor } from "../engine/engine.ts";
import { differentiate } from "./differentiate.ts";
import { mul, reduceSum } from "./elementwise.ts";
import { reshape } from "./movement.ts";
import { toOnnx } from "./onnx.ts";
import type { Array64 } from "./reference.test-helper.ts";
import { type DType, input, type Shape, type Tensor } from "./tensor.ts";

export interface Operand {
  readonly shape: Shape;
  /** What values are drawn: normal (by default), at least 0.5, ids below a number, truth values, or those of a mask:
   * every row starts with a 1. */
  readonly draw?: "normal" | "positive" | "bool" | "mask" | { readonly below: number };
}

/** An operator on operands that are drawn at random. Dimensions may be names: their lengths are chosen by the test. */
export interface Case {
  readonly operands: readonly Operand[];
  readonly graph: (...operands: Tensor[]) => Tensor;
  readonly reference: (...operands: Array64[]) => Array64;
  /** The operands whose gradients are checked; all that are real numbers by default. */
  readonly gradients?: readonly number[];
}

export type Lengths = Readonly<Record<string, number>>;

const isReal = ({ draw = "normal" }: Operand) => draw === "normal" || draw === "positive";

const fixed = (shape: Shape, lengths: Lengths): number[] =>
  shape.map((dim) => (typeof dim === "number" ? dim : lengths[dim]!));

/** Values that float32 holds exactly, so that every precision computes on the same numbers. */
function drawn({ shape, draw = "normal" }: Operand, lengths: Lengths, key: string): Array64 {
  const dims = fixed(shape, lengths);
  const stream = random(key);
  const value = (_: unknown, i: number) => {
    if (draw === "normal") return Math.fround(stream.normal());
    if (draw === "positive") return Math.fround(0.5 + 2 * stream.float());
    if (draw === "mask" && i % dims.at(-1)! === 0) return 1;
    if (draw === "bool" || draw === "mask") return +stream.chance(0.5);
    return stream.int(0, draw.below - 1);
  };
  return { shape: dims, data: Float64Array.from({ length: dims.reduce((a, b) => a * b, 1) }, value) };
}

export function toHost({ shape, data }: Array64, dtype: DType): HostTensor {
  switch (dtype) {
    case "float32":
      return { dims: shape, data: Float32Array.from(data) };
    case "float64":
      return { dims: shape, data };
    case "int64":
      return { dims: shape, data: BigInt64Array.from(data, BigInt) };
    case "bool":
      return { dims: shape, data: Uint8Array.from(data), bool: true };
    case "uint8":
      return { dims: shape, data: Uint8Array.from(data) };
  }
}

const fromHost = ({ dims, data }: HostTensor): Array64 => ({
  shape: dims,
  data: Float64Array.from(data as Float32Array, Number),
});

/** Asserts that two arrays agree in shape, and in values relative to the largest. */
export function expectClose(actual: Array64, wanted: Array64, tolerance: number, what: string): void {
  expect(actual.shape, `shape of ${what}`).toEqual(wanted.shape);
  const scale = wanted.data.reduce((top, value) => Math.max(top, Math.abs(value)), 1e-30);
  // Not Math.max: it would not let a NaN through, nor would a comparison find it.
  const wrong = wanted.data.findIndex(
    (value, i) => !(Math.abs(actual.data[i]! - value) <= tolerance * scale),
  );
  const gap = `${actual.data[wrong]} instead of ${wanted.data[wrong]}, where the largest is ${scale}`;
  if (wrong >= 0) expect.fail(`${what} at ${wrong}: ${gap}`);
}

/** Compiles a graph, runs it once, and returns its outputs. */
export async function evaluate(
  engine: Engine,
  outputs: Readonly<Record<string, Tensor>>,
  feeds: Readonly<Record<string, HostTensor>>,
): Promise<Record<string, Array64>> {
  const program = await engine.compile(toOnnx(outputs));
  const { values } = await engine.run(program, feeds);
  await engine.release(program);
  return Object.fromEntries(Object.entries(values).map(([name, tensor]) => [name, fromHost(tensor)]));
}

/** The tensor reduced to a scalar: its product with `weights`. */
const weighted = (t: Tensor, weights: Tensor): Tensor =>
  reshape(reduceSum(mul(t, weights), [...t.shape.keys()]), []);

export interface CheckOptions {
  readonly lengths: Lengths;
  /** Whether the graph is built with the names, or with their lengths. */
  readonly named?: boolean;
  readonly real?: "float32" | "float64";
  /** Relative to the largest value. */
  readonly tolerance: number;
}

/** What a case gives on an engine: its `value`, and `gradient0`, ... of its value's product with random weights. */
export async function runCase(
  engine: Engine,
  { operands, graph, reference, gradients }: Case,
  { lengths, named = false, real = "float32" }: Omit<CheckOptions, "tolerance">,
) {
  const arrays = operands.map((operand, i) => drawn(operand, lengths, `operand ${i}`));
  const types = operands.map((operand): DType => {
    return isReal(operand) ? real : typeof operand.draw === "string" ? "bool" : "int64";
  });
  const tensors = operands.map(({ shape }, i) =>
    input(`x${i}`, named ? shape : fixed(shape, lengths), types[i]!),
  );
  const result = graph(...tensors);
  const value = reference(...arrays);
  const weights = drawn({ shape: value.shape }, {}, "weights");
  const chosen = gradients ?? operands.flatMap((operand, i) => (isReal(operand) ? [i] : []));
  const outputs: Record<string, Tensor> = { value: result };
  const feeds: Record<string, HostTensor> = {};
  for (const [i, array] of arrays.entries()) feeds[`x${i}`] = toHost(array, types[i]!);
  if (chosen.length) {
    const loss = weighted(result, input("weights", result.shape, real));
    const parts = differentiate(
      loss,
      chosen.map((i) => tensors[i]!),
    );
    for (const [n, i] of chosen.entries()) outputs[`gradient${i}`] = parts[n]!;
    feeds.weights = toHost(weights, real);
  }
  const found = await evaluate(engine, outputs, feeds);
  /** The reference's weighted value, where operand `i` is moved along `direction` by `step`. */
  const moved = (i: number, direction: Float64Array, step: number): number => {
    const there = { ...arrays[i]!, data: arrays[i]!.data.map((x, n) => x + step * direction[n]!) };
    const { data } = reference(...arrays.with(i, there));
    return data.reduce((total, y, n) => total + y * weights.data[n]!, 0);
  };
  const STEP = 1e-5;
  const slope = (i: number, direction: Float64Array) =>
    (moved(i, direction, STEP) - moved(i, direction, -STEP)) / (2 * STEP);
  return { found, value, chosen, arrays, slope };
}

/** Checks the value, and every element of the gradients: for few elements. */
export async function checkEach(engine: Engine, test: Case, options: CheckOptions): Promise<void> {
  const { found, value, chosen, arrays, slope } = await runCase(engine, test, options);
  const { tolerance } = options;
  expectClose(found.value!, value, tolerance, "the value");
  for (const i of chosen) {
    const { shape, data } = arrays[i]!;
    const unit = (n: number) => Float64Array.from(data, (_, m) => +(m === n));
    const wanted = { shape, data: Float64Array.from(data, (_, n) => slope(i, unit(n))) };
    expectClose(found[`gradient${i}`]!, wanted, Math.max(tolerance, 1e-7), `the gradient of operand ${i}`);
  }
}

/** Checks the value, and the gradients along a random direction: for any number of elements. */
export async function checkAlong(engine: Engine, test: Case, options: CheckOptions): Promise<void> {
  const { found, value, chosen, arrays, slope } = await runCase(engine, test, options);
  const { tolerance } = options;
  expectClose(found.value!, value, tolerance, "the value");
  for (const i of chosen) {
    const direction = drawn({ shape: arrays[i]!.shape }, {}, `direction ${i}`).data;
    const gradient = found[`gradient${i}`]!.data;
    expect(gradient.length).toBe(direction.length);
    const terms = gradient.map((part, n) => part * direction[n]!);
    const along = terms.reduce((a, b) => a + b, 0);
    const scale = Math.sqrt(terms.reduce((total, term) => total + term * term, 0));
    const gap = Math.abs(along - slope(i, direction)) / Math.max(scale, 1e-30);
    expect(gap, `the gradient of operand ${i} along a direction`).toBeLessThan(Math.max(tolerance, 1e-6));
  }
}
