import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../datasets/temporary.test-helper.ts";
import { decoders } from "../index.ts";
import { parseDecoder, parseDecoders } from "../spec.ts";
import { decoderFile } from "./user-decoder.test-helper.ts";
import { knownDecoders } from "./user-decoder.ts";

const known = async (exports: string, name = "mine.js") => {
  const path = join(await temporaryFolder({ [name]: exports }), name);
  return { path, ...(await knownDecoders(path)) };
};

describe("a decoder in a user's file", () => {
  it.each([
    ["default", 'export default decoder("mine"); export const other = decoder("other");'],
    ["only", 'export const only = decoder("mine"); export const more = 3;'],
  ])("is the %s export, with options and a model as any decoder's", async (_, exports) => {
    const { path } = await known(decoderFile(exports));
    const words = `steps,${path}:first=2@runs/mine`;
    const found = await knownDecoders(words);
    const [steps, mine] = parseDecoders(words, found.known);
    expect(steps!.decoder).toBe(decoders.steps);
    expect(mine).toMatchObject({
      label: `${path}:first=2@runs/mine`,
      decoder: { name: "mine" },
      options: { first: 2 },
      model: "runs/mine",
    });
    expect(found.sha256).toEqual({ [path]: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(() => parseDecoder(`${path}:steps=3`, found.known)).toThrow('unknown option "steps"');
  });

  it("is told apart by what its file holds", async () => {
    const one = await known(decoderFile('export default decoder("mine");'));
    const other = await known(decoderFile('export default decoder("other");'));
    expect(Object.values(one.sha256!)).not.toEqual(Object.values(other.sha256!));
  });

  it.each([
    ["no decoder", "export default 3;", /exports no decoder/],
    ["several", 'export const a = decoder("a"); export const b = decoder("b");', /several decoders: a, b/],
    [
      "another copy's",
      'export default { ...decoder("copy") };',
      /not made by defineDecoder of the jigsaw-lm/,
    ],
    ["an error", 'throw new Error("of the file");', /its import failed: of the file/],
    ["a package that is not there", 'import "no-such-package-here";', /no-such-package-here/],
  ])("is refused: %s", async (_, exports, message) => {
    const error = await known(decoderFile(exports)).catch((error) => error);
    expect(error).toMatchObject({ code: "bad-option", message: expect.stringMatching(message) });
    expect(error.hint).toBeTruthy();
  });

  it("is refused where there is no file", async () => {
    await expect(knownDecoders("./no/such.js")).rejects.toMatchObject({
      code: "not-found",
      message: "decoder ./no/such.js: no such file or folder",
    });
  });

  it("is not looked for under a plain name", async () => {
    expect(await knownDecoders("steps:steps=3,greedy@./models/mine.js")).toEqual({
      known: decoders,
      sha256: undefined,
    });
  });
});

it("is unknown where paths are not read: in the library, the studio and its links", () => {
  expect(() => parseDecoder("./mine.js")).toThrow('unknown decoder "./mine.js"');
});
