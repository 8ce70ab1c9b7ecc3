// What networks are made of beyond arithmetic: lookup, normalisation, softmax, cross-entropy.
import { product } from "./dims.ts";
import { add, cast, div, equal, exp, mul, neg, reduceMean, sigmoid, sqrt, sub } from "./elementwise.ts";
import { gemm } from "./linear.ts";
import { reduceSum } from "./reduce.ts";
import { reshape } from "./shape.ts";
import { apply, composite, constant, scalar, shapeError, type Tensor } from "./tensor.ts";

/** Ones where `ids` [n] equals the column, zeros elsewhere: [n, size]. */
export function oneHot(ids: Tensor, size: number, like: Tensor): Tensor {
  const columns = constant(
    Array.from({ length: size }, (_, i) => i),
    [1, size],
    "int64",
  );
  return cast(equal(reshape(ids, [product(ids.shape), 1]), columns), like.dtype);
}

/**
 * Rows of `table` [rows, width] by `ids` (int64, any shape): [...ids, width]. The gradient is a product with a
 * one-hot matrix: ScatterND with reduction=add loses updates when it runs on several threads.
 */
export function gather(table: Tensor, ids: Tensor): Tensor {
  const [rows, width] = table.shape;
  if (table.shape.length !== 2 || typeof rows !== "number") {
    throw shapeError(
      "Gather",
      [table.shape, ids.shape],
      "the table must be a matrix with a fixed number of rows",
    );
  }
  return apply("Gather", [table, ids], { shape: [...ids.shape, width!] }, { axis: 0 }, (g) => [
    gemm(oneHot(ids, rows, g), reshape(g, [product(ids.shape), width!]), { transA: true }),
    undefined,
  ]);
}

/** x / sqrt(mean(x^2) + eps) * weight over the last dimension (RMSNorm, Zhang and Sennrich 2019). */
export function rmsNorm(x: Tensor, weight: Tensor, eps: number): Tensor {
  const width = x.shape.at(-1)!;
  if (weight.shape.length !== 1 || weight.shape[0] !== width || typeof width !== "number") {
    throw shapeError(
      "RMSNorm",
      [x.shape, weight.shape],
      "the weight must be a vector of the last dimension's length",
    );
  }
  const body = apply("SimplifiedLayerNormalization", [x, weight], x, { axis: -1, epsilon: { float: eps } });
  return composite([x, weight], body, (g) => {
    // The operator's second output (1 / root) is garbage on WebGPU, so the root is computed again.
    const root = sqrt(add(reduceMean(mul(x, x), [-1]), scalar(eps, x)));
    const unit = div(x, root);
    const weighted = mul(g, weight);
    const along = reduceMean(mul(weighted, unit), [-1]);
    const rows = x.shape.slice(0, -1).map((_, i) => i);
    return [div(sub(weighted, mul(unit, along)), root), reshape(reduceSum(mul(g, unit), rows), weight.shape)];
  });
}

/** silu(gate) * up, where silu(x) = x * sigmoid(x): the gated activation of Qwen3's feed-forward layers (SwiGLU). */
export function swiglu(gate: Tensor, up: Tensor): Tensor {
  const open = sigmoid(gate);
  const active = mul(gate, open);
  return composite([gate, up], mul(active, up), (g) => {
    const slope = add(open, sub(active, mul(active, open)));
    return [mul(mul(g, up), slope), mul(g, active)];
  });
}

/** Softmax over the last dimension. */
export function softmax(a: Tensor): Tensor {
  const p: Tensor = apply("Softmax", [a], a, { axis: -1 }, (g) => [
    mul(p, sub(g, reduceSum(mul(g, p), [-1]))),
  ]);
  return p;
}

export function logSoftmax(a: Tensor): Tensor {
  const logp: Tensor = apply("LogSoftmax", [a], a, { axis: -1 }, (g) => [
    sub(g, mul(exp(logp), reduceSum(g, [-1]))),
  ]);
  return logp;
}

/**
 * The sum over rows of weight * -log softmax(logits)[label]: logits [n, classes], labels int64 [n],
 * weights [n]. A scalar, in nats.
 */
export function crossEntropy(logits: Tensor, labels: Tensor, weights: Tensor): Tensor {
  const [rows, classes] = logits.shape;
  if (
    logits.shape.length !== 2 ||
    labels.shape[0] !== rows ||
    weights.shape[0] !== rows ||
    typeof classes !== "number"
  ) {
    throw shapeError(
      "cross-entropy",
      [logits.shape, labels.shape, weights.shape],
      "one label and weight per row",
    );
  }
  const logp = logSoftmax(logits);
  const column = reshape(weights, [rows!, 1]);
  const chosen = apply(
    "GatherElements",
    [logp, reshape(labels, [rows!, 1])],
    { shape: [rows!, 1] },
    { axis: 1 },
  );
  const body = reshape(neg(reduceSum(mul(chosen, column), [0, 1])), []);
  return composite([logits, labels, weights], body, (g) => [
    mul(sub(exp(logp), oneHot(labels, classes, logits)), mul(column, g)),
    undefined,
    undefined,
  ]);
}
