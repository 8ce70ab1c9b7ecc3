import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { JigsawError } from "../core/errors.ts";
import { temporaryFolder } from "../datasets/temporary.test-helper.ts";
import { ioError, replaceFolder } from "./atomic.ts";

describe("ioError", () => {
  const system = (code: string) => Object.assign(new Error(`${code}: what the system says`), { code });
  it.each([
    ["ENOENT", "not-found", "x: no such file or folder", "Check the path."],
    ["ENOTDIR", "io", "x: ENOTDIR: what the system says", "the hint"],
    ["EISDIR", "io", "x: a folder where a file was expected", "Name a file in it."],
    ["ENOSPC", "io", "x: the disk is full", "Make room, and run the same command again."],
    ["EACCES", "io", "x: EACCES: what the system says", "the hint"],
  ])("names what was tried: %s", (code, kind, message, hint) => {
    expect(ioError(system(code), "x", "the hint")).toMatchObject({ code: kind, message, hint });
  });
  it("leaves other errors as they are", () => {
    for (const error of [
      new TypeError("a fault"),
      system("ERR_INVALID_ARG_TYPE"),
      new JigsawError("io", "y"),
      "z",
    ])
      expect(ioError(error, "x")).toBe(error);
  });
});

describe("replaceFolder", () => {
  const fill = (text: string) => async (staging: string) => {
    await mkdir(join(staging, "sub"));
    await writeFile(join(staging, "sub", "file"), text);
    return text;
  };
  const read = (folder: string) => readFile(join(folder, "sub", "file"), "utf8");

  it("makes a folder, and replaces it with all that is in it", async () => {
    const parent = await temporaryFolder({});
    const out = join(parent, "out");
    expect(await replaceFolder(out, fill("first"))).toBe("first");
    await writeFile(join(out, "other"), "");
    await replaceFolder(out, fill("second"));
    expect([await read(out), await readdir(out), await readdir(parent)]).toEqual([
      "second",
      ["sub"],
      ["out"],
    ]);
  });

  it("leaves what was there where it fails, and nothing beside it", async () => {
    const parent = await temporaryFolder({});
    const out = join(parent, "out");
    await replaceFolder(out, fill("first"));
    const failing = replaceFolder(out, async (staging) => {
      await writeFile(join(staging, "half"), "");
      throw new Error("the disk is full");
    });
    await expect(failing).rejects.toThrow("the disk is full");
    expect([await read(out), await readdir(parent)]).toEqual(["first", ["out"]]);
  });

  it("moves the old folder back that a killed writer moved aside", async () => {
    const parent = await temporaryFolder({});
    const [out, aside] = [join(parent, "out"), join(parent, ".out.old")];
    await replaceFolder(out, fill("first"));
    await rename(out, aside);
    await expect(replaceFolder(out, () => Promise.reject(new Error("again")))).rejects.toThrow("again");
    expect([await read(out), await readdir(parent)]).toEqual(["first", ["out"]]);
  });
});
