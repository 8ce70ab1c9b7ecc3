// Matrix products.
import { times } from "./dims.ts";
import { reshape, transpose } from "./movement.ts";
import { apply, type Dim, shapeError, type Tensor } from "./tensor.ts";

/** The product of two matrices, either of them transposed first. */
export function gemm(a: Tensor, b: Tensor, { transA = false, transB = false } = {}): Tensor {
  const fits =
    a.shape.length === 2 && b.shape.length === 2 && a.shape[transA ? 0 : 1] === b.shape[transB ? 1 : 0];
  if (!fits) {
    const how = `${transA ? "transposed " : ""}times ${transB ? "transposed " : ""}`;
    throw shapeError("Gemm", [a.shape, b.shape], `${how.trim()}: inner dimensions differ, or not matrices`);
  }
  const shape = [a.shape[transA ? 1 : 0]!, b.shape[transB ? 0 : 1]!];
  return apply("Gemm", [a, b], { shape }, { transA: +transA, transB: +transB }, (g) => [
    transA ? gemm(b, g, { transA: transB, transB: true }) : gemm(g, b, { transB: !transB }),
    transB ? gemm(g, a, { transA: true, transB: transA }) : gemm(a, g, { transA: !transA }),
  ]);
}

/**
 * A linear layer without bias: x [..., in] by a weight [out, in] as checkpoints store it, giving [..., out].
 */
export function linear(x: Tensor, weight: Tensor): Tensor {
  const inner = x.shape.at(-1)!;
  if (weight.shape.length !== 2 || weight.shape[1] !== inner) {
    throw shapeError(
      "linear layer",
      [x.shape, weight.shape],
      "the last dimension must be the weight's second",
    );
  }
  const rows = x.shape.slice(0, -1);
  const flat = reshape(x, [rows.reduce(times, 1), inner]);
  return reshape(gemm(flat, weight, { transB: true }), [...rows, weight.shape[0]!]);
}

/** Products of matrices in batches: [..., n, m] by [..., m, p], with the same leading dimensions on both sides. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const lead = a.shape.slice(0, -2);
  const fits = a.shape.length === b.shape.length && lead.every((dim: Dim, i) => dim === b.shape[i]);
  if (!fits || a.shape.length < 2 || a.shape.at(-1) !== b.shape.at(-2)) {
    throw shapeError("MatMul", [a.shape, b.shape], "inner or leading dimensions differ");
  }
  const shape = [...lead, a.shape.at(-2)!, b.shape.at(-1)!];
  return apply("MatMul", [a, b], { shape }, {}, (g) => [matmul(g, swapLast(b)), matmul(swapLast(a), g)]);
}

/** Transposes the matrices of a batch. */
export function swapLast(a: Tensor): Tensor {
  const axes = a.shape.map((_, i) => i);
  return transpose(a, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]);
}
