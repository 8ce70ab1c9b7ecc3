import { deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JigsawError } from "../../core/errors.ts";
import { random } from "../../core/random.ts";
import { taskSchema } from "./protocol.ts";
import { decodeTask, encodeTask } from "./share.ts";
import { MOST_PAIRS, type StudioTask } from "./tasks.ts";

const grid = fc
  .tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }))
  .chain(([rows, columns]) =>
    fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: columns, maxLength: columns }), {
      minLength: rows,
      maxLength: rows,
    }),
  );
const task: fc.Arbitrary<StudioTask> = fc.record({
  id: fc.string({ minLength: 1, maxLength: 60, unit: "binary" }).filter((id) => id.length <= 120),
  train: fc.array(fc.record({ input: grid, output: grid }), { minLength: 1, maxLength: 4 }),
  test: fc.array(fc.record({ input: grid, output: grid }, { requiredKeys: ["input"] }), {
    minLength: 1,
    maxLength: 3,
  }),
});

const SMALL: StudioTask = {
  id: "flip",
  train: [{ input: [[1, 0]], output: [[0, 1]] }],
  test: [{ input: [[2, 3, 4]] }],
};

const encodedRaw = (text: string | Uint8Array) => `1${deflateRawSync(text).toString("base64url")}`;

const refusal = async (text: string): Promise<JigsawError> => {
  const error = await decodeTask(text).then(
    () => expect.fail("it was read"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(JigsawError);
  return error as JigsawError;
};

describe("a task in a link", () => {
  it("comes out as it went in", async () => {
    await fc.assert(
      fc.asyncProperty(task, async (one) => {
        const text = await encodeTask(one);
        expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(await decodeTask(text)).toEqual(one);
      }),
      { numRuns: 60 },
    );
  });

  it("is raw deflate in base64url, as any other program reads it", async () => {
    const text = await encodeTask(SMALL);
    expect(inflateRawSync(Buffer.from(text.slice(1), "base64url")).toString()).toBe('"flip"\n10>01\n?234');
  });

  it("is short for a puzzle of usual size", async () => {
    const plain = { input: Array.from({ length: 10 }, () => new Array<number>(10).fill(0)) };
    const pair = { ...plain, output: plain.input };
    const text = await encodeTask({ id: "plain", train: [pair, pair, pair], test: [plain] });
    expect(text.length).toBeLessThan(60);
  });

  it("holds the largest task that the studio takes", async () => {
    const draw = random("largest task");
    const cell = () => draw.int(0, 9);
    const noise = () => Array.from({ length: 30 }, () => Array.from({ length: 30 }, cell));
    const pairs = () => Array.from({ length: MOST_PAIRS }, () => ({ input: noise(), output: noise() }));
    const largest = { id: "\u{1F9E9}".repeat(60), train: pairs(), test: pairs() };
    expect(await decodeTask(await encodeTask(largest))).toEqual(largest);
  });
});

describe("what is no task", () => {
  it("is refused whatever it is, and never as anything but a readable error", async () => {
    const anything = fc.oneof(
      fc.string(),
      fc.string().map((text) => `1${text}`),
      fc.string({ unit: "binary" }).map((text) => encodedRaw(text)),
      fc.uint8Array().map((bytes) => encodedRaw(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (text) => {
        const error = await decodeTask(text).catch((reason: unknown) => reason);
        if (error instanceof JigsawError) expect(error.message).toMatch(/^the link's puzzle /);
        else expect(taskSchema.safeParse(error).success).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("is told from a puzzle of a later version", async () => {
    expect((await refusal("2abc")).message).toContain("version 2");
  });

  it.each([
    [
      "no rows of one length",
      '"a"\n10/1>01\n?2',
      /train\[0\]\.input\[1\]: expected 2 cells as in the first row/,
    ],
    ["no digit", '"a"\n1x>01\n?2', /train\[0\]\.input\[0\]\[1\]: expected a colour/],
    ["no test", '"a"\n10>01', /test: expected a list of at least one test input/],
    ["no id", '""\n10>01\n?2', /: id: /],
    [
      "31 cells in a row",
      `"a"\n${"1".repeat(31)}>01\n?2`,
      /train\[0\]\.input\[0\]: expected a row of 1 to 30 cells/,
    ],
    ["nothing at all", "", /cannot be read/],
  ])("with %s says what is wrong", async (_, text, words) => {
    const error = await refusal(encodedRaw(text));
    expect(error.code).toBe("bad-task");
    expect(error.message).toMatch(words);
  });

  it("is cut off where it swells beyond all puzzles, without being unpacked whole", async () => {
    const bomb = encodedRaw(new Uint8Array(2 ** 26));
    expect(bomb.length).toBeLessThan(90_000);
    const before = process.memoryUsage().arrayBuffers;
    expect((await refusal(bomb)).message).toMatch(/larger than|letters long/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
    const smaller = encodedRaw(new Uint8Array(2 ** 25));
    expect((await refusal(smaller)).message).toMatch(/larger than/);
    expect((await refusal("1".repeat(200_000))).message).toMatch(/letters long/);
  });

  it("that was cut off is refused", async () => {
    const text = await encodeTask(SMALL);
    for (let length = 0; length < text.length - 1; length++) await refusal(text.slice(0, length));
  });
});
