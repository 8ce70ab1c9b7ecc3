import { mkdir, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JigsawError } from "../../core/errors.ts";
import { writeFileAtomically } from "../../files/atomic.ts";
import { FLOAT_DTYPES } from "../dtype.ts";
import { serializeHeader } from "../safetensors.ts";
import { openSafetensors, writeSafetensors } from "./safetensors-file.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jigsaw-safetensors-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Values that every dtype holds exactly. */
const TENSORS = {
  "b.weight": { dims: [2, 3], data: Float32Array.of(0, -1, 0.5, 96, -0.125, Number.POSITIVE_INFINITY) },
  a: { dims: [], data: Float32Array.of(3) },
  none: { dims: [0, 4], data: new Float32Array(0) },
};

const refusal = (code: string, ...parts: string[]) =>
  expect.toSatisfy(
    (error) =>
      error instanceof JigsawError &&
      error.code === code &&
      parts.every((part) => error.message.includes(part)),
  );

describe("safetensors files", () => {
  it.each(FLOAT_DTYPES)("reads back what it wrote as %s", async (dtype) => {
    const path = join(folder, `${dtype}.safetensors`);
    await writeSafetensors(path, TENSORS, { dtype, metadata: { made: "here" } });
    await using file = await openSafetensors(path);
    expect(file.metadata).toEqual({ format: "pt", made: "here" });
    expect(Object.keys(file.tensors).sort()).toEqual(["a", "b.weight", "none"]);
    for (const [name, { dims, data }] of Object.entries(TENSORS)) {
      expect(file.tensors[name]).toMatchObject({ dims, location: { path, dtype } });
      expect(await file.tensors[name]!.read()).toEqual(data);
    }
  });

  it.each(FLOAT_DTYPES)("reads rows of a tensor as %s, in the order asked for", async (dtype) => {
    const path = join(folder, `rows-${dtype}.safetensors`);
    const table = { dims: [6, 2], data: Float32Array.from({ length: 12 }, (_, i) => i - 3) };
    await writeSafetensors(path, { ...TENSORS, table }, { dtype });
    await using file = await openSafetensors(path);
    expect([...(await file.tensors.table!.readRows([4, 0, 5, 4]))]).toEqual([5, 6, -3, -2, 7, 8, 5, 6]);
    expect(await file.tensors.table!.readRows([0, 1, 2, 3, 4, 5])).toEqual(table.data);
    expect(await file.tensors.table!.readRows([])).toEqual(new Float32Array(0));
    for (const row of [6, -1, 0.5]) {
      const wrong = refusal("bad-shape", path, `"table" [6,2] has no row ${row}`);
      await expect(file.tensors.table!.readRows([0, row])).rejects.toEqual(wrong);
    }
    await expect(file.tensors.none!.readRows([0])).rejects.toEqual(refusal("bad-shape", '"none" [0,4]'));
    await expect(file.tensors.a!.readRows([0])).rejects.toEqual(refusal("bad-shape", '"a" []'));
  });

  it("writes the same bytes in whatever order tensors are given, subarrays included", async () => {
    const path = join(folder, "order.safetensors");
    const { a, "b.weight": b, none } = TENSORS;
    await writeSafetensors(path, { none, "b.weight": b, a });
    const first = await readFile(path);
    const wide = new Float32Array([7, ...b.data, 7]);
    await writeSafetensors(path, { a, "b.weight": { dims: b.dims, data: wide.subarray(1, 7) }, none });
    expect(await readFile(path)).toEqual(first);
  });

  it("refuses a file cut off at any byte, or with a byte too many", async () => {
    const path = join(folder, "whole.safetensors");
    await writeSafetensors(path, TENSORS);
    const bytes = await readFile(path);
    const cut = join(folder, "cut.safetensors");
    for (let length = 0; length < bytes.length; length += length < 16 ? 1 : 7) {
      await writeFile(cut, bytes.subarray(0, length));
      await expect(openSafetensors(cut)).rejects.toEqual(refusal("bad-checkpoint", cut));
    }
    await writeFile(cut, Buffer.concat([bytes, Buffer.of(0)]));
    await expect(openSafetensors(cut)).rejects.toEqual(refusal("bad-checkpoint", cut, "last 1 bytes"));
  });

  it("notices a file that shrinks after it was opened", async () => {
    const path = join(folder, "shrinks.safetensors");
    await writeSafetensors(path, TENSORS);
    await using file = await openSafetensors(path);
    await truncate(path, 50);
    await expect(file.tensors["b.weight"]!.read()).rejects.toEqual(
      refusal("bad-checkpoint", path, "too early"),
    );
  });

  it("reads a tensor beyond 4 GB without reading the rest", async () => {
    const path = join(folder, "large.safetensors");
    const { bytes, entries } = serializeHeader([
      { name: "hole", dtype: "U8", shape: [5e9] },
      { name: "small", dtype: "F32", shape: [2] },
    ]);
    const file = await open(path, "w");
    await file.write(bytes);
    await file.write(new Float32Array([1.5, -2]), 0, 8, entries[1]!.offset); // sparse: takes no space on disk
    await file.close();
    await using opened = await openSafetensors(path);
    expect([...(await opened.tensors.small!.read())]).toEqual([1.5, -2]);
    await rm(path);
  });

  it("refuses dtypes that are no weights, missing files and folders", async () => {
    const path = join(folder, "ints.safetensors");
    const { bytes } = serializeHeader([{ name: "i", dtype: "I64", shape: [1] }]);
    await writeFile(path, Buffer.concat([bytes, Buffer.alloc(8)]));
    await using file = await openSafetensors(path);
    await expect(file.tensors.i!.read()).rejects.toEqual(refusal("unsupported", path, '"i"', "I64"));
    const absent = join(folder, "absent.safetensors");
    await expect(openSafetensors(absent)).rejects.toEqual(refusal("not-found", absent));
    await expect(openSafetensors(folder)).rejects.toEqual(refusal("bad-checkpoint", folder, "is not a file"));
  });

  it("writes nothing when tensors are wrong or the place is", async () => {
    const before = (await readdir(folder)).sort();
    const path = join(folder, "wrong.safetensors");
    const a = TENSORS.a;
    await expect(writeSafetensors(path, { a: { ...a, dims: [2] } })).rejects.toEqual(
      refusal("bad-shape", '"a" has 1 values', "[2]"),
    );
    await expect(writeSafetensors(path, { __metadata__: a })).rejects.toEqual(
      refusal("bad-shape", "__metadata__"),
    );
    await expect(writeSafetensors(join(folder, "no", "file"), { a })).rejects.toEqual(
      refusal("not-found", "no"),
    );
    await mkdir(path);
    await expect(writeSafetensors(path, { a })).rejects.toEqual(refusal("io", path));
    await rm(path, { recursive: true });
    expect((await readdir(folder)).sort()).toEqual(before);
  });

  it("keeps the old file when writing fails, and clears up after a writer that was killed", async () => {
    const place = join(folder, "keep");
    await mkdir(place);
    const path = join(place, "model.safetensors");
    await writeSafetensors(path, TENSORS);
    const old = await readFile(path);
    const failing = writeFileAtomically(path, async (file) => {
      await file.write("half");
      throw new Error("disk on fire");
    });
    await expect(failing).rejects.toThrow("disk on fire");
    expect(await readFile(path)).toEqual(old);
    expect(await readdir(place)).toEqual(["model.safetensors"]);
    await writeFile(join(place, ".model.safetensors.1234.part"), "half");
    await writeSafetensors(path, TENSORS);
    expect(await readdir(place)).toEqual(["model.safetensors"]);
  });
});
