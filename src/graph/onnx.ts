// Symbolic tensors -> the bytes of an ONNX model.
import { create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "onnx-buf";
import { JigsawError } from "../core/errors.ts";
import { topological } from "./differentiate.ts";
import { type Attributes, type DType, formatShape, type Shape, type Tensor } from "./tensor.ts";

const OPSET = 21n;
const IR_VERSION = 10n;

const DATA_TYPE = {
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
  uint8: TensorProto_DataType.UINT8,
} as const satisfies Record<DType, TensorProto_DataType>;

/** Types of values in files beside those of tensors; they are cast to float32 when the model is loaded. */
const STORED_TYPE = {
  ...DATA_TYPE,
  bfloat16: TensorProto_DataType.BFLOAT16,
  float16: TensorProto_DataType.FLOAT16,
} as const;

/** Values that stay in a file of the folder that the program is compiled with (ONNX external data), row-major. */
export interface ExternalData {
  readonly dtype: "float32" | "bfloat16" | "float16" | "uint8";
  /** The file's name in its folder. */
  readonly file: string;
  /** In bytes. */
  readonly offset: number;
  readonly bytes: number;
}

/** Weights that become part of the model instead of inputs, by the name of their input. */
export type Initializers = Readonly<Record<string, Float32Array | Uint8Array | ExternalData>>;

const bytesOf = (array: Float32Array | Uint8Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);

function encode(values: readonly number[], dtype: DType): Uint8Array<ArrayBuffer> {
  switch (dtype) {
    case "float32":
      return bytesOf(Float32Array.from(values));
    case "float64":
      return new Uint8Array(Float64Array.from(values).buffer);
    case "int64":
      return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    case "bool":
    case "uint8":
      return Uint8Array.from(values);
  }
}

const tensorProto = (name: string, dtype: DType, dims: readonly number[], rawData: Uint8Array<ArrayBuffer>) =>
  create(TensorProtoSchema, { name, dataType: DATA_TYPE[dtype], dims: dims.map(BigInt), rawData });

const STORED_BYTES = { float32: 4, bfloat16: 2, float16: 2, uint8: 1 } as const;

const externalProto = (
  name: string,
  dims: readonly number[],
  { dtype, file, offset, bytes }: ExternalData,
) => {
  const place = { location: file, offset, length: bytes };
  const externalData = Object.entries(place).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value: String(value) }),
  );
  const dataLocation = TensorProto_DataLocation.EXTERNAL;
  const dataType = STORED_TYPE[dtype];
  return create(TensorProtoSchema, { name, dataType, dims: dims.map(BigInt), dataLocation, externalData });
};

/** A weight as an initializer, and the node that casts it where it is stored as another type than it is used as. */
function weightProtos(name: string, { shape, dtype }: Tensor, weight: Initializers[string]) {
  const dims = shape as number[];
  const size = dims.reduce((n, dim) => n * dim, 1);
  const inFile = "file" in weight;
  const count = inFile ? weight.bytes / STORED_BYTES[weight.dtype] : weight.length;
  if (size !== count) {
    throw new JigsawError("bad-shape", `weight "${name}" has ${count} values, not ${formatShape(shape)}`);
  }
  if (!inFile) return { initializer: tensorProto(name, dtype, dims, bytesOf(weight)) };
  if (weight.dtype === dtype) return { initializer: externalProto(name, dims, weight) };
  const stored = `${name}/stored`;
  const to = { name: "to", type: AttributeProto_AttributeType.INT, i: BigInt(DATA_TYPE[dtype]) };
  const attribute = [create(AttributeProtoSchema, to)];
  const cast = create(NodeProtoSchema, { opType: "Cast", input: [stored], output: [name], attribute });
  return { initializer: externalProto(stored, dims, weight), cast };
}

const valueInfo = (name: string, dtype: DType, shape: Shape) => {
  const dim = shape.map((d) =>
    create(TensorShapeProto_DimensionSchema, {
      value: typeof d === "number" ? { case: "dimValue", value: BigInt(d) } : { case: "dimParam", value: d },
    }),
  );
  const tensorType = create(TypeProto_TensorSchema, {
    elemType: DATA_TYPE[dtype],
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensorType } }),
  });
};

const attributeProtos = (attributes: Attributes) =>
  Object.entries(attributes).map(([name, value]) => {
    if (typeof value === "number") {
      return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
    }
    if ("float" in value) {
      return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value.float });
    }
    return create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.INTS,
      ints: value.map(BigInt),
    });
  });

/** What a tensor is computed from when it runs: of a customVjp, its body. */
const executed = ({ source }: Tensor): readonly Tensor[] =>
  source.kind === "node" ? source.inputs : source.kind === "customVjp" ? [source.body] : [];

/** An operator's name and, of one that is not ONNX's own, its domain before it, such as "com.microsoft.MatMulNBits". */
function operator(op: string): { opType: string; domain: string } {
  const dot = op.lastIndexOf(".");
  return { opType: op.slice(dot + 1), domain: op.slice(0, Math.max(0, dot)) };
}

/**
 * Serializes the graph that computes `outputs`. Inputs are found by walking back from the outputs; those named in
 * `weights` become weights of the model, no inputs (row-major).
 */
export function toOnnx(outputs: Readonly<Record<string, Tensor>>, weights: Initializers = {}): Uint8Array {
  const names = new Map<Tensor, string>();
  const inputs = new Map<string, Tensor>();
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  for (const tensor of topological(Object.values(outputs), executed)) {
    const { source, dtype, shape } = tensor;
    const name = source.kind === "input" ? source.name : `%${names.size}`;
    names.set(tensor, source.kind === "customVjp" ? names.get(source.body)! : name);
    switch (source.kind) {
      case "input":
        if (inputs.has(name) && inputs.get(name) !== tensor) {
          throw new JigsawError("bad-shape", `two inputs are named "${name}"`);
        }
        inputs.set(name, tensor);
        break;
      case "constant":
        initializers.push(tensorProto(name, dtype, shape as number[], encode(source.values, dtype)));
        break;
      case "node":
        nodes.push(
          create(NodeProtoSchema, {
            ...operator(source.op),
            input: source.inputs.map((t) => names.get(t)!),
            output: [name],
            attribute: attributeProtos(source.attributes),
          }),
        );
        break;
    }
  }
  const casts: NodeProto[] = [];
  for (const [name, weight] of Object.entries(weights)) {
    const tensor = inputs.get(name);
    if (!tensor) continue;
    const { initializer, cast } = weightProtos(name, tensor, weight);
    initializers.push(initializer);
    if (cast) casts.push(cast);
  }
  // An output may be an input, or the same tensor as another output: give each a node and a name of its own.
  for (const [name, tensor] of Object.entries(outputs)) {
    nodes.push(create(NodeProtoSchema, { opType: "Identity", input: [names.get(tensor)!], output: [name] }));
  }
  const graph = create(GraphProtoSchema, {
    name: "jigsaw",
    node: [...casts, ...nodes],
    initializer: initializers,
    input: [...inputs]
      .filter(([name]) => !weights[name])
      .map(([name, t]) => valueInfo(name, t.dtype, t.shape)),
    output: Object.entries(outputs).map(([name, t]) => valueInfo(name, t.dtype, t.shape)),
  });
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: "jigsaw",
    opsetImport: [
      create(OperatorSetIdProtoSchema, { domain: "", version: OPSET }),
      create(OperatorSetIdProtoSchema, { domain: "com.microsoft", version: 1n }),
    ],
    graph,
  });
  return toBinary(ModelProtoSchema, model);
}
