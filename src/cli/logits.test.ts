// The verb against transformers' logits of the fixtures, and its refusals.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expected, FOLDER } from "../checkpoint/node/fixtures.test-helper.ts";
import { openSafetensors } from "../checkpoint/node/safetensors-file.ts";
import { temporaryFolder } from "../datasets/temporary.test-helper.ts";
import { expectClose } from "../graph/check.test-helper.ts";
import { runHere } from "./here.test-helper.ts";
import { parseIds } from "./logits.ts";

const NAME = "sharded-spelt-as-4";
const MODEL = `${FOLDER}checkpoints/${NAME}`;
const { ids, prompt, block } = JSON.parse(await readFile(`${FOLDER}checkpoints/expected.json`, "utf8")) as {
  ids: number[];
  prompt: number;
  block: number;
};

const run = (...argv: string[]) => runHere("logits", "--device", "cpu", "--model", MODEL, ...argv);

/** The tensor and the metadata that the verb wrote. */
async function written(path: string) {
  await using file = await openSafetensors(path);
  expect(Object.keys(file.tensors)).toEqual(["logits"]);
  const { dims, location, read } = file.tensors.logits!;
  expect(location.dtype).toBe("F32");
  return { logits: { shape: dims, data: Float64Array.from(await read()) }, metadata: file.metadata };
}

describe("jigsaw logits", () => {
  it.each([
    ["causal", []],
    ["causal", ["--pattern", "causal"]],
    ["full", ["--pattern", "full"]],
    ["prefix", ["--pattern", `prefix:${prompt}`]],
    ["sdar", ["--pattern", `blocks:${block}`]],
  ])("are those of transformers: %s %j", async (pattern, flags) => {
    const out = join(await temporaryFolder({}), "new/folder/logits.safetensors");
    const printed = await run("--ids", ids.join(","), "--out", out, ...flags);
    expect(printed).toMatchObject({ code: 0, err: "" });
    const { logits, metadata } = await written(out);
    expectClose(logits, (await expected(`${NAME}/`, "checkpoints/"))[pattern]!, 1e-5, pattern);
    expect(JSON.parse(metadata.ids!)).toEqual(ids);
    expect(metadata.pattern).toBe(flags[1] ?? "causal");
    expect(printed.out).toBe(`logits [${ids.length},24] under ${metadata.pattern} -> ${out}\n`);
  });

  it("of a diffusion checkpoint are under the attention that it was trained for", async () => {
    const config = JSON.parse(await readFile(join(MODEL, "config.json"), "utf8"));
    const files: Record<string, unknown> = {
      "config.json": { ...config, model_type: "sdar", mask_token_id: 3, block_size: block },
      "ids.json": ids,
    };
    for (const name of await readdir(MODEL)) {
      if (name.startsWith("model")) files[name] = await readFile(join(MODEL, name));
    }
    const folder = await temporaryFolder(files);
    const out = join(folder, "logits.safetensors");
    const argv = ["logits", "--model", folder, "--ids-file", join(folder, "ids.json"), "--out", out];
    expect(await runHere(...argv, "--device", "cpu")).toMatchObject({ code: 0, err: "" });
    const { logits, metadata } = await written(out);
    expect(metadata.pattern).toBe(`blocks:${block}`);
    expectClose(logits, (await expected(`${NAME}/`, "checkpoints/")).sdar!, 1e-5, "sdar");
    await writeFile(
      join(folder, "config.json"),
      JSON.stringify({ ...config, rope_scaling: { type: "yarn" } }),
    );
    expect((await runHere(...argv)).err).toContain(
      'config.json: rope_scaling of type "yarn" is not supported',
    );
  });

  it("refuses what it cannot run, and writes nothing", async () => {
    const folder = await temporaryFolder({ "words.txt": "1, two", "none.json": "[]" });
    const out = join(folder, "logits.safetensors");
    const file = (name: string) => join(folder, name);
    const long = Array(65).fill(1).join(" ");
    const refused: [string[], string][] = [
      [[], "either --ids or --ids-file is needed"],
      [["--ids", "1", "--ids-file", file("none.json")], "either --ids or --ids-file is needed"],
      [["--ids", "1,24"], "id 24 (number 2 of 2) lies outside the vocabulary of 24"],
      [["--ids", "1,-1"], '--ids: "-1" is no token\'s id'],
      [["--ids", "1.5"], '--ids: "1.5" is no token\'s id'],
      [["--ids", ","], "--ids: no ids"],
      [["--ids", long], "65 tokens are more than the model's 64 positions"],
      [["--ids-file", file("words.txt")], `${file("words.txt")}: "two" is no token's id`],
      [["--ids-file", file("none.json")], `${file("none.json")}: no ids`],
      [["--ids-file", file("missing.txt")], `cannot read ${file("missing.txt")}: no such file`],
      [["--ids", "1,2", "--pattern", "prefix:3"], "--pattern prefix:3: there are only 2 tokens"],
      [["--ids", "1,2", "--pattern", "prefix"], 'unknown attention pattern "prefix"'],
      [["--ids", "1", "--model", "jigsaw-tiny"], "the model's tokens stand in grids"],
    ];
    for (const [flags, message] of refused) {
      const printed = await run("--out", out, ...flags);
      expect(printed.err).toContain(message);
      expect(printed.code).toBe(2);
    }
    expect((await readdir(folder)).sort()).toEqual(["none.json", "words.txt"]);
    expect((await run("--ids", "1")).err).toContain("--out is needed");
    const blocked = await run("--ids", "1", "--out", join(file("words.txt"), "logits.safetensors"));
    expect(blocked).toMatchObject({ code: 2, err: expect.stringContaining("cannot write") });
  });
});

it("ids are read in every spelling", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(151935), { minLength: 1 }), (list) => {
      for (const text of [
        JSON.stringify(list),
        JSON.stringify(list, null, 2),
        list.join(" "),
        list.join(",\n"),
      ]) {
        expect(parseIds(text, "ids")).toEqual(list);
      }
    }),
  );
});
