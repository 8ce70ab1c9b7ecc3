// Symbolic tensors: each refers to the node that computes it, and these references are the graph.
import { JigsawError } from "../core/errors.ts";

export type DType = "float32" | "float64" | "int64" | "bool" | "uint8";

/** A fixed length, or the name of one that is known only when the graph runs. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Attributes of an ONNX node: integers, lists of integers, or `{ float }` for a single float. */
export type Attributes = Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;

/** Given the gradient of the node's output, the gradient of each input (undefined: none flows). */
export type Gradient = (output: Tensor) => readonly (Tensor | undefined)[];

export interface Tensor {
  readonly dtype: DType;
  readonly shape: Shape;
  /** The node that computes the tensor; an input's or a constant's node has no inputs. */
  readonly source: Input | Constant | Node | Composite;
}

/** A value that is fed, or bound to a weight when the graph is serialized. */
export interface Input {
  readonly kind: "input";
  readonly name: string;
}

export interface Constant {
  readonly kind: "constant";
  readonly values: readonly number[];
}

/** One ONNX operator with one output. */
export interface Node {
  readonly kind: "node";
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  readonly gradient?: Gradient;
}

/** A subgraph with a gradient of its own: running follows `body`, differentiating follows `inputs`. */
export interface Composite {
  readonly kind: "customVjp";
  readonly inputs: readonly Tensor[];
  readonly body: Tensor;
  readonly gradient: Gradient;
}

export const input = (name: string, shape: Shape, dtype: DType = "float32"): Tensor => ({
  dtype,
  shape,
  source: { kind: "input", name },
});

/** A constant of the given fixed shape, its values in row-major order. */
export const constant = (
  values: readonly number[],
  shape: readonly number[],
  dtype: DType = "float32",
): Tensor => {
  if (values.length !== shape.reduce((a, b) => a * b, 1)) {
    throw shapeError("Constant", [shape], `has ${values.length} values`);
  }
  return { dtype, shape, source: { kind: "constant", values } };
};

/** A scalar of the same type as `like`. */
export const scalar = (value: number, like: Tensor): Tensor => constant([value], [], like.dtype);

/** Applies an ONNX operator. */
export const apply = (
  op: string,
  inputs: readonly Tensor[],
  result: { shape: Shape; dtype?: DType },
  attributes: Attributes = {},
  gradient?: Gradient,
): Tensor => ({
  dtype: result.dtype ?? inputs[0]!.dtype,
  shape: result.shape,
  source: { kind: "node", op, inputs, attributes, ...(gradient && { gradient }) },
});

/** Gives `body`, a function of `inputs`, a gradient written by hand instead of the one derived from its nodes. */
export const customVjp = (inputs: readonly Tensor[], body: Tensor, gradient: Gradient): Tensor => ({
  dtype: body.dtype,
  shape: body.shape,
  source: { kind: "customVjp", inputs, body, gradient },
});

export const formatShape = (shape: Shape): string => `[${shape.join(", ")}]`;

/** The error for operands that do not fit: names the operator and all shapes. */
export const shapeError = (op: string, shapes: readonly Shape[], why: string): JigsawError =>
  new JigsawError("bad-shape", `${op} of ${shapes.map(formatShape).join(" and ")}: ${why}`);
