// jigsaw-lm/graph: symbolic tensors, their derivatives, ONNX, and the engines that run it.

// Tensors

export {
  apply,
  constant,
  customVjp,
  type Dim,
  type DType,
  type Gradient,
  input,
  type Shape,
  scalar,
  type Tensor,
} from "../graph/tensor.ts";

// Operations: elementwise, reductions, products of matrices, movement, neural networks

export {
  add,
  cast,
  cos,
  detach,
  div,
  equal,
  exp,
  log,
  max,
  min,
  mul,
  neg,
  reduceMean,
  reduceSum,
  scale,
  sigmoid,
  silu,
  sin,
  sqrt,
  sub,
  sumOfSquares,
  where,
} from "../graph/elementwise.ts";
export { gemm, linear, matmul, swapLast } from "../graph/linear.ts";
export {
  concat,
  expand,
  reshape,
  slice,
  sliceBetween,
  splitLike,
  tile,
  transpose,
} from "../graph/movement.ts";
export {
  crossEntropy,
  gather,
  gatherSum,
  logSoftmax,
  oneHot,
  rmsNorm,
  softmax,
  swiglu,
} from "../graph/neural.ts";

// Derivatives, and the graph as an ONNX model

export { differentiate } from "../graph/differentiate.ts";
export { type ExternalData, type Initializers, toOnnx } from "../graph/onnx.ts";

// Engines, which run ONNX models

export {
  type CompileOptions,
  DEVICES,
  type Device,
  type DeviceTensor,
  type Engine,
  type Feeds,
  type HostTensor,
  type ProgramId,
  type RunResult,
  type TensorData,
} from "../engine/engine.ts";
export { type EngineOptions, openEngine } from "../engine/node/open.ts";
