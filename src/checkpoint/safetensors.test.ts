/** Headers round-trip, agree with the reference implementation's bytes, and no damage goes unnoticed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JigsawError } from "../core/errors.ts";
import { DTYPE_BYTES } from "./dtype.ts";
import { headerBytes, parseHeader, serializeHeader } from "./safetensors.ts";

const FILE = "model.safetensors";

/** A file's first bytes for a header given as text or as an object. */
function header(json: unknown, length?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof json === "string" ? json : JSON.stringify(json));
  const bytes = new Uint8Array(8 + text.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const parse = (json: unknown, dataBytes: number) => {
  const bytes = header(json);
  return parseHeader(bytes, bytes.length + dataBytes, FILE);
};

/** The message with which `run` refuses; anything but a "bad-checkpoint" naming the file fails. */
function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(JigsawError);
    expect((error as JigsawError).code).toBe("bad-checkpoint");
    expect((error as JigsawError).message).toContain(FILE);
    return (error as JigsawError).message;
  }
  throw new Error("was not refused");
}

const f32 = (shape: unknown, begin: unknown, end: unknown) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

describe("safetensors header", () => {
  it("writes the reference implementation's bytes", () => {
    // From the tests of huggingface/safetensors (test_serialization_forced_alignement), metadata aside.
    const { bytes, entries } = serializeHeader([{ name: "attn0", dtype: "F32", shape: [1, 1, 2, 3] }]);
    const text = new TextDecoder().decode(bytes.subarray(8));
    expect(text.trimEnd()).toBe(
      '{"__metadata__":{"format":"pt"},"attn0":{"dtype":"F32","shape":[1,1,2,3],"data_offsets":[0,24]}}',
    );
    expect(bytes.length % 8).toBe(0);
    expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(BigInt(bytes.length - 8));
    expect(entries).toEqual([
      { name: "attn0", dtype: "F32", shape: [1, 1, 2, 3], offset: bytes.length, bytes: 24 },
    ]);
  });

  it("reads what it writes, for every dtype, and shapes with no or zero sides", () => {
    const tensor = fc.record({
      name: fc.string().filter((name) => name !== "__proto__" && name !== "__metadata__"),
      dtype: fc.constantFrom(...Object.keys(DTYPE_BYTES)),
      shape: fc.array(fc.nat(5), { maxLength: 4 }),
    });
    const tensors = fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 6 });
    fc.assert(
      fc.property(tensors, fc.dictionary(fc.string(), fc.string()), (list, metadata) => {
        const { bytes, entries } = serializeHeader(list, metadata);
        const size = entries.reduce((end, entry) => end + entry.bytes, bytes.length);
        expect(headerBytes(bytes.subarray(0, 8), size, FILE)).toBe(bytes.length);
        const read = parseHeader(bytes, size, FILE);
        expect(new Map(entries.map((entry) => [entry.name, entry]))).toEqual(read.entries);
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort());
      }),
    );
  });

  it("reads tensors in any order, unknown fields, absent and null metadata", () => {
    const b = { ...f32([2], 4, 12), note: "ignored" };
    const { entries, metadata } = parse({ b, a: f32([], 0, 4), none: f32([0, 7], 4, 4) }, 12);
    expect([...entries.keys()]).toEqual(["a", "none", "b"]);
    expect(metadata).toEqual({});
    expect(parse({ __metadata__: null }, 0).entries.size).toBe(0);
  });

  it.each([
    ["an empty file", new Uint8Array(0), 0, "0 bytes are too few"],
    ["a short file", new Uint8Array(5), 5, "5 bytes are too few"],
    ["a length of 2^64-1", header({}, 0xffffffffffffffffn), 10, "18446744073709551615"],
    ["a length of 2^63 (negative where signed)", header({}, 1n << 63n), 10, "9223372036854775808"],
    ["a length over 100 MB", header({}, 100_000_001n), 1e9, "100000001"],
    ["a length over the file's", header({}, 3n), 10, "would end at byte 11, but the file has 10"],
    ["a header cut off", header({ a: f32([1], 0, 4) }).subarray(0, 20), 99, "only 20 of its header's"],
    ["no header", header({}, 0n), 10, "not JSON"],
  ])("refuses %s", (_, bytes, fileSize, message) => {
    expect(refusal(() => parseHeader(bytes, fileSize, FILE))).toContain(message);
  });

  it.each([
    ["text that is not JSON", '{"a":', "not JSON"],
    ["bytes after the JSON", "{}\u0000", "not JSON"],
    ["a list", "[]", "not a JSON object"],
    ["null", "null", "not a JSON object"],
    ["a number", "1", "not a JSON object"],
    ["space before the object", " {}", "not a JSON object"],
    ["a byte order mark", "\ufeff{}", "not JSON"],
    ["endless nesting", `${'{"a":'.repeat(1e6)}`, "not JSON"],
    ["deep nesting", `{"a":${"[".repeat(1e5)}${"]".repeat(1e5)}}`, 'tensor "a"'],
    ["metadata that is no map of text", { __metadata__: { format: 1 } }, "__metadata__"],
    ["metadata that is a list", { __metadata__: [] }, "__metadata__"],
    ["a repeated tensor", '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{}}', '"a" twice'],
    ["a repeated field", '{"a":{"dtype":"F32","dtype":"F16"}}', '"dtype" twice'],
    ["a tensor named __proto__", `{"__proto__":${JSON.stringify(f32([1], 0, 4))}}`, 'tensor "__proto__"'],
    ["a tensor that is no object", { a: 3 }, 'tensor "a" is not described'],
    ["a tensor that is null", { a: null }, 'tensor "a" is not described'],
    ["an unknown dtype", { a: { ...f32([1], 0, 4), dtype: "F33" } }, 'tensor "a" has an unknown dtype "F33"'],
    ["a dtype of Object.prototype", { a: { ...f32([1], 0, 4), dtype: "toString" } }, "unknown dtype"],
    ["no dtype", { a: { shape: [1], data_offsets: [0, 4] } }, "unknown dtype"],
    ["no shape", { a: { dtype: "F32", data_offsets: [0, 4] } }, 'tensor "a" has a shape'],
    ["a negative side", { a: f32([-1], 0, 4) }, 'tensor "a" has a shape'],
    ["two negative sides", { a: f32([-1, -1], 0, 4) }, 'tensor "a" has a shape'],
    ["a broken side", { a: f32([0.5], 0, 2) }, 'tensor "a" has a shape'],
    ["a side in quotes", { a: f32(["1"], 0, 4) }, 'tensor "a" has a shape'],
    [
      "a huge shape",
      { a: f32([2 ** 32, 2 ** 32], 0, 4) },
      'tensor "a" of shape [4294967296,4294967296] is too large',
    ],
    ["a product that wraps to 4 bytes in 64 bits", { a: f32([2 ** 31, 2 ** 31, 2 ** 2], 0, 0) }, "too large"],
    ["no offsets", { a: { dtype: "F32", shape: [1] } }, 'tensor "a" has data_offsets'],
    ["one offset", { a: { ...f32([1], 0, 4), data_offsets: [4] } }, 'tensor "a" has data_offsets'],
    ["three offsets", { a: { ...f32([1], 0, 4), data_offsets: [0, 4, 8] } }, 'tensor "a" has data_offsets'],
    ["negative offsets", { a: f32([1], -4, 0) }, 'tensor "a" has data_offsets'],
    ["broken offsets", { a: f32([1], 0.5, 4.5) }, 'tensor "a" has data_offsets'],
    ["offsets beyond any file", '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,1e300]}}', "data_offsets"],
    ["reversed offsets", { a: f32([1], 4, 0) }, 'tensor "a" ends at byte 0, before its start at 4'],
    ["a range too short for its shape", { a: f32([2], 0, 4) }, "takes 8 bytes, but 4 are set aside"],
    ["a range too long for its shape", { a: f32([], 0, 8) }, "takes 4 bytes, but 8 are set aside"],
    ["overlapping ranges", { a: f32([2], 0, 8), b: f32([1], 4, 8) }, 'tensor "b" overlaps tensor "a"'],
    ["two tensors in one range", { a: f32([2], 0, 8), b: f32([2], 0, 8) }, 'tensor "b" overlaps tensor "a"'],
    ["an empty tensor inside another", { a: f32([2], 0, 8), b: f32([0], 4, 4) }, 'tensor "b" overlaps'],
    ["a hole at the start", { a: f32([1], 4, 8) }, '4 bytes before tensor "a" belong to no tensor'],
    ["a hole between", { a: f32([], 0, 4), b: f32([], 6, 10) }, '2 bytes before tensor "b"'],
    ["a range beyond the file", { a: f32([2], 0, 8), b: f32([1], 8, 12) }, 'tensor "b" ends at byte'],
    ["bytes left over", { a: f32([1], 0, 4) }, "last 4 bytes belong to no tensor"],
    ["data without tensors", {}, "last 8 bytes belong to no tensor"],
  ])("refuses %s", (_, json, message) => {
    expect(refusal(() => parse(json, 8))).toContain(message);
  });

  it("refuses text that is not UTF-8", () => {
    const bytes = header('{"a":1}');
    bytes[10] = 0xff;
    expect(refusal(() => parseHeader(bytes, bytes.length, FILE))).toContain("not JSON");
  });

  it("keeps messages short, whatever stands in the file", () => {
    const name = "a".repeat(1e6);
    expect(refusal(() => parse({ [name]: 1 }, 0)).length).toBeLessThan(300);
    expect(refusal(() => parse({ a: f32(Array(1e5).fill(1), 0, 8) }, 8)).length).toBeLessThan(300);
  });

  it("reads names that objects have of their own", () => {
    const { entries } = parse({ constructor: f32([1], 0, 4), toString: f32([1], 4, 8) }, 8);
    expect(entries.get("constructor")?.bytes).toBe(4);
    expect(entries.get("hasOwnProperty")).toBeUndefined();
  });

  it("under random damage gives a consistent view or a JigsawError, never anything else", () => {
    const tensors = [
      { name: "model.norm.weight", dtype: "F32", shape: [3] },
      { name: "a", dtype: "BF16", shape: [2, 2] },
      { name: "b", dtype: "U8", shape: [] },
    ];
    const { bytes, entries } = serializeHeader(tensors);
    const size = bytes.length + entries.reduce((sum, entry) => sum + entry.bytes, 0);
    const damage = fc.tuple(
      fc.nat(bytes.length - 1),
      fc.oneof(fc.nat(255), fc.constantFrom(...'0123456789-".[]{},eE'.split("").map((c) => c.charCodeAt(0)))),
    );
    let read = 0;
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), fc.option(fc.nat(size)), (flips, cut) => {
        const damaged = bytes.slice();
        for (const [at, byte] of flips) damaged[at] = byte;
        const fileSize = cut ?? size;
        let found: ReturnType<typeof parseHeader>;
        try {
          found = parseHeader(damaged.subarray(0, fileSize), fileSize, FILE);
        } catch (error) {
          expect(error).toBeInstanceOf(JigsawError);
          return;
        }
        read++;
        let end = headerBytes(damaged, fileSize, FILE);
        for (const entry of found.entries.values()) {
          expect(entry.offset).toBe(end);
          expect(entry.bytes).toBe(
            entry.shape.reduce((product, side) => product * side, DTYPE_BYTES[entry.dtype]!),
          );
          end += entry.bytes;
        }
        expect(end).toBe(fileSize);
      }),
      { numRuns: 5000 },
    );
    expect(read).toBeGreaterThan(0);
  });
});
