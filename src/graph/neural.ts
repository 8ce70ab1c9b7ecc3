// Neural-network operators: lookup, normalization, softmax, cross-entropy.
import { product } from "./dims.ts";
import {
  add,
  cast,
  div,
  equal,
  exp,
  mul,
  neg,
  reduceMean,
  reduceSum,
  scale,
  sigmoid,
  sqrt,
  sub,
} from "./elementwise.ts";
import { gemm } from "./linear.ts";
import { reshape } from "./movement.ts";
import { apply, constant, customVjp, type Dim, scalar, shapeError, type Tensor } from "./tensor.ts";

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

/** The sum of the rows of `table` [rows, width] that the last axis of `ids` names: [..., n] -> [..., width]. */
export function gatherSum(table: Tensor, ids: Tensor): Tensor {
  const [rows, width] = table.shape as [number, Dim];
  const lead = ids.shape.slice(0, -1);
  const body = reshape(reduceSum(gather(table, ids), [-2]), [...lead, width]);
  const count = product(lead);
  return customVjp([table, ids], body, (g) => {
    const hot = reshape(oneHot(ids, rows, g), [count, ids.shape.at(-1)!, rows]);
    const hots = reshape(reduceSum(hot, [1]), [count, rows]);
    return [gemm(hots, reshape(g, [count, width]), { transA: true }), undefined];
  });
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
  return customVjp([x, weight], body, (g) => {
    const rows = product(x.shape.slice(0, -1));
    // The operator's second output (1 / root) is garbage on WebGPU, so it is computed again.
    const root = sqrt(add(reduceMean(mul(x, x), [-1]), scalar(eps, x)));
    const inverse = div(scalar(1, x), root);
    // Both sums that are needed, along rows and along columns, are matrix products of g * x.
    const gx = reshape(mul(g, x), [rows, width]);
    const along = reshape(gemm(gx, reshape(weight, [width, 1])), root.shape);
    const pull = mul(along, scale(mul(inverse, mul(inverse, inverse)), 1 / width));
    const down = gemm(reshape(inverse, [1, rows]), gx);
    return [sub(mul(mul(g, weight), inverse), mul(x, pull)), reshape(down, weight.shape)];
  });
}

/** silu(gate) * up, where silu(x) = x * sigmoid(x): the gated activation of Qwen3's feed-forward layers (SwiGLU). */
export function swiglu(gate: Tensor, up: Tensor): Tensor {
  const open = sigmoid(gate);
  const active = mul(gate, open);
  return customVjp([gate, up], mul(active, up), (g) => {
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
  return customVjp([logits, labels, weights], body, (g) => [
    mul(sub(exp(logp), oneHot(labels, classes, logits)), mul(column, g)),
    undefined,
    undefined,
  ]);
}
