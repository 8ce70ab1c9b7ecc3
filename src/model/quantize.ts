// Int8 weights with one scale per block of a row, and their matrix product (ONNX Runtime's MatMulNBits).
import { times } from "../graph/dims.ts";
import { apply, type Dim, input, shapeError, type Tensor } from "../graph/tensor.ts";
import { EMBEDDING, HEAD } from "./weights.ts";

/** Neighbours in a row that share a scale. */
export const BLOCK = 32;
/** The zero point. */
const ZERO = 128;
const LARGEST = 127;
/** MatMulNBits' `accuracy_level` for int8 products: activations are quantized too, by block. */
const INT8_PRODUCTS = 4;
/** A head of fewer rows is not quantized: it saves little, and log-probabilities are read off it. */
const LEAST_HEAD = 4096;

/** A matrix [rows, columns]: value = (byte - 128) * scale. */
export interface QuantizedMatrix {
  readonly dims: readonly [rows: number, columns: number];
  /** [rows, blocks, BLOCK], the last block of a row filled up. */
  readonly values: Uint8Array;
  /** [rows, blocks]. */
  readonly scales: Float32Array;
}

export const blocksOf = (columns: number): number => Math.ceil(columns / BLOCK);

/** Rounds a matrix to bytes, each block by its own largest value (symmetric round-to-nearest). */
export function quantize(data: Float32Array, [rows, columns]: readonly [number, number]): QuantizedMatrix {
  const blocks = blocksOf(columns);
  const values = new Uint8Array(rows * blocks * BLOCK).fill(ZERO);
  const scales = new Float32Array(rows * blocks);
  for (let row = 0; row < rows; row++) {
    for (let block = 0; block < blocks; block++) {
      const from = row * columns + block * BLOCK;
      const to = Math.min(from + BLOCK, (row + 1) * columns);
      let top = 0;
      for (let i = from; i < to; i++) top = Math.max(top, Math.abs(data[i]!));
      const at = row * blocks + block;
      scales[at] = top / LARGEST;
      const scale = scales[at]!;
      if (scale === 0) continue;
      for (let i = from; i < to; i++) values[at * BLOCK + i - from] = Math.round(data[i]! / scale) + ZERO;
    }
  }
  return { dims: [rows, columns], values, scales };
}

/** The dequantized matrix, row-major. */
export function dequantize({ dims: [rows, columns], values, scales }: QuantizedMatrix): Float32Array {
  const blocks = blocksOf(columns);
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const at = row * blocks + Math.floor(column / BLOCK);
    return (values[at * BLOCK + (column % BLOCK)]! - ZERO) * scales[at]!;
  });
}

/** The names of a matrix's two parts as inputs of a graph. */
export const valuesOf = (name: string): string => `${name}/bytes`;
export const scalesOf = (name: string): string => `${name}/scales`;

/** A linear layer with int8 weights [out, in] of that name: x [rows, in] -> [rows, out]. On the CPU only. */
export function quantizedLinear(x: Tensor, name: string, [out, width]: readonly [number, number]): Tensor {
  const [rows, inner] = x.shape as [Dim, Dim];
  if (x.shape.length !== 2 || inner !== width) {
    throw shapeError("MatMulNBits", [x.shape, [out, width]], "inner dimensions differ");
  }
  const blocks = blocksOf(width);
  const values = input(valuesOf(name), [out, blocks, BLOCK], "uint8");
  const scales = input(scalesOf(name), [times(out, blocks)]);
  const attributes = { K: width, N: out, bits: 8, block_size: BLOCK, accuracy_level: INT8_PRODUCTS };
  return apply("com.microsoft.MatMulNBits", [x, values, scales], { shape: [rows, out] }, attributes);
}

/** Data types of a model's matrices at inference. */
export const PRECISIONS = ["float32", "int8"] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Whether "int8" quantizes a weight: the layers' matrices, and the head of a large vocabulary. */
export function isQuantized(name: string, dims: readonly number[]): boolean {
  if (name === EMBEDDING || name === HEAD) return dims[0]! >= LEAST_HEAD;
  return dims.length === 2 && name.includes(".layers.");
}
