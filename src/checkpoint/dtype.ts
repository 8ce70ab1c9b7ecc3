import { JigsawError } from "../core/errors.ts";

/** Bytes of one element, of every whole-byte dtype that the safetensors format names. */
export const DTYPE_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
  C64: 8,
};

/** The dtypes that weights are read from and written as: safetensors' names, and PyTorch's and ONNX's. */
export const TORCH_DTYPES = { F32: "float32", BF16: "bfloat16", F16: "float16" } as const;
export type FloatDtype = keyof typeof TORCH_DTYPES;
export type TorchDtype = (typeof TORCH_DTYPES)[FloatDtype];

export const FLOAT_DTYPES = Object.keys(TORCH_DTYPES) as readonly FloatDtype[];

export const isFloatDtype = (dtype: string): dtype is FloatDtype => Object.hasOwn(TORCH_DTYPES, dtype);

/** safetensors' name of a dtype of PyTorch's. */
export const floatDtype = (name: TorchDtype): FloatDtype =>
  FLOAT_DTYPES.find((dtype) => TORCH_DTYPES[dtype] === name)!;

/** Bytes of a tensor of this shape. */
export const bytesOf = (shape: readonly number[], dtype: string): number =>
  shape.reduce((product, side) => product * side, DTYPE_BYTES[dtype]!);

/** The 16-bit words in `bytes`, without a copy where they are aligned. */
function words(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
}

/** Every half's value by its bits: a look-up is some hundred times faster than decoding each anew. */
let halves: Float32Array | undefined;

function halfTable(): Float32Array {
  return Float32Array.from({ length: 65536 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const mantissa = bits & 1023;
    if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (exponent ? (1024 + mantissa) * 2 ** (exponent - 25) : mantissa * 2 ** -24);
  });
}

/**
 * Little-endian `bytes` of `dtype` as float32 values.
 * F32 bytes that lie aligned are not copied: the result shares their memory.
 * Refuses dtypes other than F32, BF16 and F16; `name` says whose they are.
 */
export function decodeFloats(bytes: Uint8Array, dtype: string, name: string): Float32Array {
  if (dtype === "F32") {
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    return new Float32Array(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / 4);
  }
  if (dtype === "BF16") {
    const source = words(bytes);
    const bits = new Uint32Array(source.length);
    for (let i = 0; i < source.length; i++) bits[i] = source[i]! << 16;
    return new Float32Array(bits.buffer);
  }
  if (dtype === "F16") {
    halves ??= halfTable();
    const source = words(bytes);
    const values = new Float32Array(source.length);
    for (let i = 0; i < source.length; i++) values[i] = halves[source[i]!]!;
    return values;
  }
  throw new JigsawError(
    "unsupported",
    `${name} has dtype ${dtype}, which cannot be used as weights`,
    `Convert it to one of ${FLOAT_DTYPES.join(", ")}.`,
  );
}

/** A float32's bits as the nearest bfloat16's, ties to even. */
function bfloat16Bits(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40; // NaN stays one when its low half goes
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** A float32, given as value and bits, as the nearest half's bits, ties to even. */
function halfBits(value: number, bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00; // NaN
  if (size >= 0x477ff000) return sign | 0x7c00; // 65520 and more round to infinity
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
  // Subnormal: adding 2^52 leaves no bits below one, so the addition itself rounds.
  return sign | (Math.abs(value) * 2 ** 24 + 2 ** 52 - 2 ** 52);
}

/** `values` as little-endian bytes of `dtype`, rounded to nearest, ties to even. F32 is not copied. */
export function encodeFloats(values: Float32Array, dtype: FloatDtype): Uint8Array {
  if (dtype === "F32") return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) {
    out[i] = dtype === "BF16" ? bfloat16Bits(bits[i]!) : halfBits(values[i]!, bits[i]!);
  }
  return new Uint8Array(out.buffer);
}
