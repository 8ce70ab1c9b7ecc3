import { getFloat16, setFloat16 } from "@petamoriken/float16";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeFloats, encodeFloats, FLOAT_DTYPES } from "./dtype.ts";

const view = new DataView(new ArrayBuffer(4));

/** The float32 with these bits. */
function fromBits(bits: number): number {
  view.setUint32(0, bits);
  return view.getFloat32(0);
}

const float32 = fc.oneof(
  fc.float(),
  fc.integer({ min: 0, max: 0xffffffff }).map(fromBits),
  // where halves change character: subnormals, ties, overflow
  fc.float({ min: Math.fround(-2e-4), max: Math.fround(2e-4) }),
  fc.float({ min: 65000, max: 66000 }),
);

/** The values of bfloat16 on each side of `value`, and the nearer of them by the definition. */
function nearestBfloat16(value: number): number {
  if (Number.isNaN(value)) return value;
  view.setFloat32(0, value);
  const low = view.getUint32(0) & 0xffff0000;
  const below = fromBits(low >>> 0);
  const above = fromBits((low + 0x10000) >>> 0);
  // One step above the largest finite value stands where infinity does.
  const distance = (to: number) =>
    Math.abs(Math.abs(to) === Number.POSITIVE_INFINITY ? Math.sign(to) * 2 ** 128 - value : to - value);
  if (!Number.isFinite(value) || distance(below) < distance(above)) return below;
  if (distance(above) < distance(below)) return above;
  return (low >>> 16) % 2 === 0 ? below : above;
}

describe("dtypes of weights", () => {
  it("decodes every half as @petamoriken/float16 does", () => {
    const bytes = new Uint8Array(new Uint16Array(65536).map((_, bits) => bits).buffer);
    const source = new DataView(bytes.buffer);
    const expected = Float32Array.from({ length: 65536 }, (_, i) => getFloat16(source, 2 * i, true));
    expect(decodeFloats(bytes, "F16", "t")).toEqual(expected);
  });

  it("encodes halves as @petamoriken/float16 does: nearest, ties to even", () => {
    const decoded = decodeFloats(
      new Uint8Array(new Uint16Array(65536).map((_, bits) => bits).buffer),
      "F16",
      "t",
    );
    const midpoints = decoded.slice(0, 0x7bff).map((value, i) => (value + decoded[i + 1]!) / 2);
    const check = (values: Float32Array) => {
      const found = new DataView(encodeFloats(values, "F16").buffer);
      values.forEach((value, i) => {
        setFloat16(view, 0, value, true);
        if (found.getUint16(2 * i, true) !== view.getUint16(0, true) && !Number.isNaN(value)) {
          expect.fail(`${value} became ${getFloat16(found, 2 * i, true)}, not ${getFloat16(view, 0, true)}`);
        }
      });
    };
    check(decoded);
    check(midpoints);
    check(midpoints.map((value) => -value));
    fc.assert(fc.property(fc.array(float32), (values) => check(Float32Array.from(values))));
  });

  it("rounds to the nearest bfloat16, ties to even", () => {
    fc.assert(
      fc.property(float32, (value) => {
        const [back] = decodeFloats(encodeFloats(Float32Array.of(value), "BF16"), "BF16", "t");
        expect(back).toBe(nearestBfloat16(value));
      }),
    );
    const ties = Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, fromBits(0x7f7f8000), fromBits(0xff7f7fff));
    expect([...decodeFloats(encodeFloats(ties, "BF16"), "BF16", "t")]).toEqual([
      1,
      1 + 2 ** -6,
      Number.POSITIVE_INFINITY,
      fromBits(0xff7f0000),
    ]);
  });

  it.each(FLOAT_DTYPES)("%s survives decoding and encoding, at odd addresses too", (dtype) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 0, max: 3 }), (raw, shift) => {
        const whole = raw.slice(0, raw.length & ~3);
        const shifted = new Uint8Array(whole.length + shift);
        shifted.set(whole, shift);
        const values = decodeFloats(shifted.subarray(shift), dtype, "t");
        const again = decodeFloats(encodeFloats(values, dtype), dtype, "t");
        expect(again).toEqual(values);
      }),
    );
  });

  it("keeps NaN when rounding, even one whose payload lies in the bits that go", () => {
    const values = Float32Array.of(Number.NaN);
    new Uint32Array(values.buffer)[0] = 0x7f800001;
    for (const dtype of FLOAT_DTYPES)
      expect(decodeFloats(encodeFloats(values, dtype), dtype, "t")[0]).toBeNaN();
  });

  it("refuses dtypes that are no weights, by name", () => {
    expect(() => decodeFloats(new Uint8Array(8), "I64", "model.x")).toThrow("model.x has dtype I64");
  });
});
