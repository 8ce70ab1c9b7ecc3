// Optimisers as graphs: from a weight, its gradient and its state to the next weight and state.
import { add, div, mul, scale, sqrt, sub, sumOfSquares } from "../graph/elementwise.ts";
import { gemm } from "../graph/linear.ts";
import { reshape } from "../graph/movement.ts";
import { scalar, type Tensor } from "../graph/tensor.ts";

export interface OptimizerSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly momentum: number;
}

export const defaultOptimizerSettings: OptimizerSettings = {
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weightDecay: 0.01,
  momentum: 0.95,
};

/** What changes from step to step, as scalars that are fed. */
export interface StepScalars {
  readonly learningRate: Tensor;
  /** 1 / (1 - beta1^t) and 1 / (1 - beta2^t): Adam's corrections of its moments' bias. */
  readonly correction1: Tensor;
  readonly correction2: Tensor;
}

export interface Optimizer {
  /** Names of the tensors that it keeps for each weight, each of the weight's shape and zero at first. */
  readonly state: readonly string[];
  update(
    weight: Tensor,
    gradient: Tensor,
    state: readonly Tensor[],
    scalars: StepScalars,
    settings: OptimizerSettings,
  ): { weight: Tensor; state: Tensor[] };
}

const decayed = (weight: Tensor, rate: Tensor, decay: number): Tensor =>
  decay === 0 ? weight : mul(weight, sub(scalar(1, weight), scale(rate, decay)));

/** The moving average of a value: beta * old + (1 - beta) * now. */
const average = (old: Tensor, now: Tensor, beta: number): Tensor =>
  add(scale(old, beta), scale(now, 1 - beta));

/** AdamW (Loshchilov and Hutter 2019): weight decay apart from the gradient. Vectors are not decayed. */
export const adamw: Optimizer = {
  state: ["exp_avg", "exp_avg_sq"],
  update(weight, gradient, [mean, square], { learningRate, correction1, correction2 }, settings) {
    const { beta1, beta2, eps, weightDecay } = settings;
    const nextMean = average(mean!, gradient, beta1);
    const nextSquare = average(square!, mul(gradient, gradient), beta2);
    const root = sqrt(mul(nextSquare, correction2));
    const step = div(mul(nextMean, mul(correction1, learningRate)), add(root, scalar(eps, root)));
    const kept = weight.shape.length < 2 ? weight : decayed(weight, learningRate, weightDecay);
    return { weight: sub(kept, step), state: [nextMean, nextSquare] };
  },
};

/** Coefficients of the quintic Newton-Schulz iteration: steep at 0, singular values settle between 0.7 and 1.2. */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const ITERATIONS = 5;

/** The nearest orthogonal matrix, roughly: all singular values pushed to about 1. */
function orthogonalize(matrix: Tensor): Tensor {
  const [rows, columns] = matrix.shape as readonly [number, number];
  const wide = rows <= columns;
  const norm = sqrt(sumOfSquares(matrix));
  let x = div(matrix, add(norm, scalar(1e-7, norm)));
  for (let i = 0; i < ITERATIONS; i++) {
    // The smaller of x x' and x' x.
    const gram = gemm(x, x, wide ? { transB: true } : { transA: true });
    const mixed = add(scale(gram, B), scale(gemm(gram, gram), C));
    x = add(scale(x, A), wide ? gemm(mixed, x) : gemm(x, mixed));
  }
  return x;
}

/**
 * Muon (Jordan et al. 2024): momentum, then the nearest orthogonal matrix as the step, scaled by
 * sqrt(max(1, rows / columns)). For the matrices of the layers; everything else takes AdamW.
 */
export const muon: Optimizer = {
  state: ["momentum_buffer"],
  update(weight, gradient, [momentum], { learningRate }, settings) {
    const next = add(scale(momentum!, settings.momentum), gradient);
    const nesterov = add(gradient, scale(next, settings.momentum));
    const [rows, columns] = weight.shape as readonly [number, number];
    const step = scale(orthogonalize(nesterov), Math.sqrt(Math.max(1, rows / columns)));
    const kept = decayed(weight, learningRate, settings.weightDecay);
    return { weight: sub(kept, mul(step, reshape(learningRate, []))), state: [next] };
  },
};
