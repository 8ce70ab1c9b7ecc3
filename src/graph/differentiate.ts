// Reverse-mode differentiation: adds to a graph the nodes that compute its gradient.

import { sameShape } from "./dims.ts";
import { add } from "./elementwise.ts";
import { formatShape, scalar, shapeError, type Tensor } from "./tensor.ts";

/** The tensors that a tensor is computed from, as differentiation sees them. */
const operands = ({ source }: Tensor): readonly Tensor[] =>
  source.kind === "node" || source.kind === "customVjp" ? source.inputs : [];

/** All tensors that `roots` depend on, each after its operands. */
export function topological(
  roots: readonly Tensor[],
  of: (t: Tensor) => readonly Tensor[] = operands,
): Tensor[] {
  const order: Tensor[] = [];
  const seen = new Set<Tensor>();
  // An explicit stack: graphs are deeper than the call stack is.
  const stack = roots.toReversed().map((tensor) => ({ tensor, entered: false }));
  for (let top = stack.pop(); top; top = stack.pop()) {
    if (top.entered) order.push(top.tensor);
    else if (!seen.has(top.tensor)) {
      seen.add(top.tensor);
      stack.push({ tensor: top.tensor, entered: true });
      for (const operand of of(top.tensor).toReversed()) stack.push({ tensor: operand, entered: false });
    }
  }
  return order;
}

/**
 * The gradients of `loss` with respect to each of `variables`, as tensors of their shapes. A loss that is no scalar needs
 * its own gradient, `seed`, of its shape.
 * Fails for a variable that the loss does not depend on, and for an operator without a gradient on the way.
 */
export function differentiate(loss: Tensor, variables: readonly Tensor[], seed?: Tensor): Tensor[] {
  if (seed ? !sameShape(seed.shape, loss.shape) : loss.shape.length > 0) {
    throw shapeError("differentiate", [loss.shape], "the loss must be a scalar, or have a seed of its shape");
  }
  const order = topological([loss]);
  const wanted = new Set(variables);
  for (const tensor of order) {
    if (operands(tensor).some((operand) => wanted.has(operand))) wanted.add(tensor);
  }
  const gradients = new Map<Tensor, Tensor>([[loss, seed ?? scalar(1, loss)]]);
  for (const tensor of order.toReversed()) {
    const gradient = gradients.get(tensor);
    const { source } = tensor;
    if (!gradient || !wanted.has(tensor) || source.kind === "input" || source.kind === "constant") continue;
    if (!source.gradient) {
      throw shapeError(source.kind === "node" ? source.op : "customVjp", [tensor.shape], "has no gradient");
    }
    for (const [i, part] of source.gradient(gradient).entries()) {
      const operand = source.inputs[i]!;
      if (!part || !wanted.has(operand)) continue;
      if (!sameShape(part.shape, operand.shape)) {
        const op = source.kind === "node" ? source.op : "customVjp";
        throw shapeError(
          `gradient of ${op}`,
          [part.shape],
          `the operand has shape ${formatShape(operand.shape)}`,
        );
      }
      const sum = gradients.get(operand);
      gradients.set(operand, sum ? add(sum, part) : part);
    }
  }
  return variables.map((variable, i) => {
    const gradient = gradients.get(variable);
    if (!gradient)
      throw shapeError("differentiate", [variable.shape], `the loss does not depend on variable ${i}`);
    return gradient;
  });
}
