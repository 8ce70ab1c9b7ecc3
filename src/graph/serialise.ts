// Symbolic tensors -> the bytes of an ONNX model.
import { create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "onnx-buf";
import { JigsawError } from "../errors.ts";
import { topological } from "./differentiate.ts";
import { type Attributes, type DType, formatShape, type Shape, type Tensor } from "./tensor.ts";

const OPSET = 21n;
const IR_VERSION = 10n;

const DATA_TYPE = {
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
} as const satisfies Record<DType, TensorProto_DataType>;

/** Weights that become part of the model instead of inputs, by the name of their input. */
export type Bound = Readonly<Record<string, Float32Array>>;

const bytesOf = (array: Float32Array): Uint8Array<ArrayBuffer> =>
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
      return Uint8Array.from(values);
  }
}

const tensorProto = (name: string, dtype: DType, dims: readonly number[], rawData: Uint8Array<ArrayBuffer>) =>
  create(TensorProtoSchema, { name, dataType: DATA_TYPE[dtype], dims: dims.map(BigInt), rawData });

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

/** What a tensor is computed from when it runs: a composite is its body. */
const executed = ({ source }: Tensor): readonly Tensor[] =>
  source.kind === "node" ? source.inputs : source.kind === "composite" ? [source.body] : [];

/**
 * Serialises the graph that computes `outputs`. Inputs are found by walking back from the outputs; those named in
 * `bound` become weights of the model (float32, row-major).
 */
export function serialise(outputs: Readonly<Record<string, Tensor>>, bound: Bound = {}): Uint8Array {
  const names = new Map<Tensor, string>();
  const inputs = new Map<string, Tensor>();
  const nodes = [];
  const initializers = [];
  for (const tensor of topological(Object.values(outputs), executed)) {
    const { source, dtype, shape } = tensor;
    const name = source.kind === "input" ? source.name : `%${names.size}`;
    names.set(tensor, source.kind === "composite" ? names.get(source.body)! : name);
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
            opType: source.op,
            input: source.inputs.map((t) => names.get(t)!),
            output: [name],
            attribute: attributeProtos(source.attributes),
          }),
        );
        break;
    }
  }
  for (const [name, data] of Object.entries(bound)) {
    const tensor = inputs.get(name);
    if (!tensor) continue;
    const size = tensor.shape.reduce<number>((n, dim) => n * (dim as number), 1);
    if (size !== data.length) {
      throw new JigsawError(
        "bad-shape",
        `weight "${name}" has ${data.length} values, not ${formatShape(tensor.shape)}`,
      );
    }
    initializers.push(tensorProto(name, "float32", tensor.shape as number[], bytesOf(data)));
  }
  // An output may be an input, or the same tensor as another output: give each a node and a name of its own.
  for (const [name, tensor] of Object.entries(outputs)) {
    nodes.push(create(NodeProtoSchema, { opType: "Identity", input: [names.get(tensor)!], output: [name] }));
  }
  const graph = create(GraphProtoSchema, {
    name: "jigsaw",
    node: nodes,
    initializer: initializers,
    input: [...inputs].filter(([name]) => !bound[name]).map(([name, t]) => valueInfo(name, t.dtype, t.shape)),
    output: Object.entries(outputs).map(([name, t]) => valueInfo(name, t.dtype, t.shape)),
  });
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: "jigsaw",
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: OPSET })],
    graph,
  });
  return toBinary(ModelProtoSchema, model);
}
