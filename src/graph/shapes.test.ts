// Operands that do not fit are refused when the graph is built, naming the operator and every shape.
import { describe, expect, it } from "vitest";
import { JigsawError } from "../core/errors.ts";
import { axisOf, plus, product, times } from "./dims.ts";
import { add, div, equal, max, min, mul, reduceMean, reduceSum, sub, where } from "./elementwise.ts";
import { gemm, linear, matmul } from "./linear.ts";
import { concat, reshape, slice, splitLike, tile, transpose } from "./movement.ts";
import { crossEntropy, gather, rmsNorm } from "./neural.ts";
import { constant, input, type Shape, type Tensor } from "./tensor.ts";

const x = (...shape: Shape): Tensor => input("x", shape);
const ids = (...shape: Shape): Tensor => input("ids", shape, "int64");

const refused: Record<string, [build: () => unknown, message: string]> = {
  add: [() => add(x(2, 3), x(2)), "Add of [2, 3] and [2]: shapes do not broadcast"],
  sub: [() => sub(x("T"), x(4)), "Sub of [T] and [4]"],
  mul: [() => mul(x("T", 1), x("U", 1)), "Mul of [T, 1] and [U, 1]"],
  div: [() => div(x(3), x(2)), "Div of [3] and [2]"],
  min: [() => min(x(3), x(2)), "Min of [3] and [2]"],
  max: [() => max(x(3), x(2)), "Max of [3] and [2]"],
  equal: [() => equal(x(3), x(2)), "Equal of [3] and [2]"],
  where: [() => where(input("c", [2], "bool"), x(3), x(2, 1)), "Where of [2] and [3] and [2, 1]"],
  "mean over a named axis": [() => reduceMean(x("T", 2), [0]), "mean of [T, 2]: axes 0 have no fixed length"],
  "mean over an axis that is not": [() => reduceMean(x(2), [1]), "mean of [2]: there is no axis 1"],
  "sum over an axis that is not": [
    () => reduceSum(x(2, 3), [-3]),
    "ReduceSum of [2, 3]: there is no axis -3",
  ],
  "another number of elements": [
    () => reshape(x(2, 3), [5]),
    "Reshape of [2, 3] and [5]: 6 elements cannot become 5",
  ],
  "two unknown lengths": [
    () => reshape(x("T", "U"), ["U", "T"]),
    "Reshape of [T, U] and [U, T]: at most one",
  ],
  "no order of axes": [() => transpose(x(2, 3), [0, 0]), "Transpose of [2, 3]: [0,0] is no order"],
  "an order of other axes": [() => transpose(x(2, 3), [1, 2]), "Transpose of [2, 3]: there is no axis 2"],
  "an order of fewer axes": [() => transpose(x(2, 3), [0]), "Transpose of [2, 3]"],
  "slice beyond the end": [() => slice(x(2, 3), 1, 1, 4), "Slice of [2, 3]: axis 1 has no range 1 to 4"],
  "slice of nothing": [() => slice(x(2, 3), 1, 2, 2), "Slice of [2, 3]: axis 1 has no range 2 to 2"],
  "slice before the start": [() => slice(x(2, 3), 1, -1, 2), "Slice of [2, 3]: axis 1 has no range -1 to 2"],
  concat: [() => concat([x(2, 3), x(2, 4)], 0), "Concat of [2, 3] and [2, 4]: all axes but 0 must agree"],
  "concat of other ranks": [() => concat([x(2, 3), x(2)], 0), "Concat of [2, 3] and [2]"],
  tile: [() => tile(x(2), 1, 3), "Tile of [2]: there is no axis 1"],
  splitLike: [() => splitLike(x(2), 1, [x(1), x(1)], 0), "Slice of [2]: there is no axis 1"],
  gemm: [() => gemm(x(2, 3), x(2, 3)), "Gemm of [2, 3] and [2, 3]: times: inner dimensions differ"],
  "gemm of the transposed": [
    () => gemm(x(3, 2), x(3, 4), { transA: true, transB: true }),
    "Gemm of [3, 2] and [3, 4]: transposed times transposed",
  ],
  "gemm of no matrix": [() => gemm(x(2, 2, 2), x(2, 2)), "Gemm of [2, 2, 2] and [2, 2]"],
  linear: [() => linear(x("T", 3), x(3, 4)), "linear layer of [T, 3] and [3, 4]: the last dimension"],
  matmul: [() => matmul(x(2, 3, 4), x(2, 5, 4)), "MatMul of [2, 3, 4] and [2, 5, 4]: inner or leading"],
  "matmul of other batches": [() => matmul(x(2, 3, 4), x(3, 4, 2)), "MatMul of [2, 3, 4] and [3, 4, 2]"],
  "matmul of other ranks": [() => matmul(x(2, 3, 4), x(4, 2)), "MatMul of [2, 3, 4] and [4, 2]"],
  "matmul of vectors": [() => matmul(x(3), x(3)), "MatMul of [3] and [3]"],
  gather: [() => gather(x("T", 3), ids(4)), "Gather of [T, 3] and [4]: the table must be a matrix"],
  rmsNorm: [() => rmsNorm(x(2, 3), x(2), 1e-6), "RMSNorm of [2, 3] and [2]: the weight must be a vector"],
  crossEntropy: [
    () => crossEntropy(x("T", 3), ids("T"), x("U")),
    "cross-entropy of [T, 3] and [T] and [U]: one label and weight per row",
  ],
  constant: [() => constant([1, 2, 3], [2]), "Constant of [2]: has 3 values"],
};

describe("refuses", () => {
  it.each(Object.entries(refused))("%s", (_, [build, message]) => {
    expect(build).toThrow(JigsawError);
    expect(build).toThrow(message);
  });
});

describe("dimensions", () => {
  it("multiply and add up, by number or by name", () => {
    expect([times(2, 3), times(2, "T"), times("T", 1), times(1, "T")]).toEqual([6, "2*T", "T", "T"]);
    expect([plus(2, 3), plus("T", 2), plus(0, "T"), plus("T", 0)]).toEqual([5, "T+2", "T", "T"]);
    expect([product([]), product([2, "T", 3])]).toEqual([1, "2*T*3"]);
  });

  it("count from either end", () => {
    expect([axisOf("op", [2, 3, 4], -1), axisOf("op", [2, 3, 4], 1)]).toEqual([2, 1]);
    expect(() => axisOf("op", [2, 3], 0.5)).toThrow("op of [2, 3]: there is no axis 0.5");
  });

  it("of a result follow from its operands'", () => {
    expect(add(x("T", 1, 3), x(2, 1)).shape).toEqual(["T", 2, 3]);
    expect(gemm(x("T", 3), x("T", 5), { transA: true }).shape).toEqual([3, 5]);
    expect(concat([x(2, "T"), x(2, 3)], 1).shape).toEqual([2, "T+3"]);
    expect(tile(x("T"), 0, 2).shape).toEqual(["2*T"]);
    expect(slice(x("T"), 0, 2).shape).toEqual(["T-2"]);
    expect(linear(x(2, "T", 3), x(5, 3)).shape).toEqual([2, "T", 5]);
  });
});
