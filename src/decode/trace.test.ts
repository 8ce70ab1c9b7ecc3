import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JigsawError } from "../core/errors.ts";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { initialWeights } from "../model/initialize.ts";
import { openModel } from "../model/model.ts";
import { randomTask, tinyConfig } from "../model/tiny.test-helper.ts";
import { decoders } from "./decoders/index.ts";
import type { DecodeOptions, Decoder } from "./define.ts";
import { OPEN } from "./frames.ts";
import { decodeAll, smallSizes, trainedFor } from "./tiny.test-helper.ts";
import { readTraces, type Trace, traceHeader, writeTrace } from "./trace.ts";

const task = randomTask("trace");
const header = traceHeader({
  versions: { jigsaw: "0.1.0", "onnxruntime-node": "1.30.0" },
  task: task.id,
  test: 0,
  input: task.test[0]!.input,
  decoder: "steps",
  model: "jigsaw-tiny",
  device: "cpu",
  options: { steps: 4, cache: "prompt", seed: 1 },
});
const frame = {
  pass: 4,
  shape: [1, 2],
  slots: [3, OPEN],
  confidence: [0.123456789012345, 1 / 3],
  committed: [0],
  retracted: [],
  ties: 0,
  view: 1,
};
const trace: Trace = {
  header,
  frames: [frame, frame],
  result: { attempts: [[[3, 1]], [[3, 2]]], correct: null },
};

describe("a trace", () => {
  it("reads as it was written, to the last digit", () => {
    expect(readTraces(writeTrace(trace))).toEqual([trace]);
  });

  it("may follow another in the same file, and may have no frames", () => {
    const empty: Trace = { header, frames: [], result: { attempts: [], correct: true } };
    expect(readTraces(writeTrace(trace) + writeTrace(empty) + writeTrace(trace))).toEqual([
      trace,
      empty,
      trace,
    ]);
    expect(readTraces("")).toEqual([]);
  });

  it("is one line of JSON for the header, for each frame, and for the result", () => {
    const lines = writeTrace(trace).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).kind)).toEqual(["header", "frame", "frame", "result"]);
    expect(JSON.parse(lines[0]!).format).toBe("jigsaw-trace/2");
  });
});

describe("a trace that 0.1.0 wrote", () => {
  // jigsaw solve examples/checkerboard-easy-2026-0.json --trace trace-0.1.0.jsonl
  const text = readFileSync(new URL("fixtures/trace-0.1.0.jsonl", import.meta.url), "utf8");
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

  it("is read as frames of today, and written as such", () => {
    const [trace, ...others] = readTraces(text);
    expect(others).toEqual([]);
    expect(trace!.header).toMatchObject({
      format: "jigsaw-trace/2",
      decoder: "steps",
      model: "jigsaw-adapted",
    });
    const written = lines.filter(({ kind }) => kind === "frame");
    expect(trace!.frames.length).toBe(20);
    for (const [i, { rows, columns, cells, close, kind, ...rest }] of written.entries()) {
      const slots = cells.map((id: number) => (id === 16 ? OPEN : id));
      expect(trace!.frames[i]).toEqual({ ...rest, shape: [rows, columns], slots, ties: close });
    }
    expect(trace!.frames[0]!.slots).toContain(OPEN);
    expect(trace!.frames[9]!.slots).toEqual(trace!.result.attempts[0]!.flat());
    expect(readTraces(writeTrace(trace!))).toEqual([trace]);
  });

  it("is refused where a frame is damaged, with its line", () => {
    const damaged = lines.with(3, { ...lines[3], cells: lines[3].cells.slice(1) });
    expect(() => readTraces(damaged.map((line) => JSON.stringify(line)).join("\n"))).toThrow(
      "trace, line 4: the line: is not as large as its shape says",
    );
  });
});

describe("a malformed trace", () => {
  const lines = writeTrace(trace).trimEnd().split("\n");
  const changed = (line: number, change: object) =>
    lines.with(line - 1, JSON.stringify({ ...JSON.parse(lines[line - 1]!), ...change }));

  it.each<[string, string[], number, string]>([
    ["text that is no JSON", lines.with(1, "{"), 2, "is no JSON"],
    ["a line cut short", lines.with(3, lines[3]!.slice(0, 20)), 4, "is no JSON"],
    ["a line that is no object", lines.with(1, "null"), 2, "object"],
    ["a number for a line", lines.with(2, "7"), 3, "object"],
    ["a list for a line", lines.with(2, "[]"), 3, "object"],
    ["a line without a kind", lines.with(2, "{}"), 3, "kind"],
    ["an unknown kind", changed(2, { kind: "picture" }), 2, 'unknown kind "picture"'],
    ["another format", changed(1, { format: "jigsaw-trace/9" }), 1, "jigsaw-trace/2"],
    ["frames before any header", lines.slice(1), 1, "before a header"],
    ["frames after the result", [...lines, lines[1]!], 5, "after the trace's result"],
    ["a second result", [...lines, lines[3]!], 5, "after the trace's result"],
    ["a trace without a result", lines.slice(0, 3), 1, "no result"],
    ["a trace that the next one cuts off", [...lines.slice(0, 2), ...lines], 1, "no result"],
    ["a header without options", changed(1, { options: undefined }), 1, "options"],
    ["a frame whose slots are missing", changed(2, { slots: undefined }), 2, "slots"],
    ["a frame whose slots are no numbers", changed(2, { slots: ["red", 1] }), 2, "slots.0"],
    ["a frame of another size than it says", changed(3, { shape: [2, 2] }), 3, "its shape"],
    ["a frame of no shape", changed(3, { shape: [] }), 3, "shape"],
    ["a result whose attempts are no grids", changed(4, { attempts: [1] }), 4, "attempts.0"],
  ])("is refused for %s, with file and line", (_, text, line, why) => {
    try {
      readTraces(text.join("\n"), "my.trace");
      expect.fail("was not refused");
    } catch (error) {
      expect(error).toBeInstanceOf(JigsawError);
      expect((error as JigsawError).code).toBe("bad-task");
      expect((error as JigsawError).message).toContain(`my.trace, line ${line}: `);
      expect((error as JigsawError).message).toContain(why);
    }
  });
});

describe("a trace's header", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openNodeEngine({ threads: 1 });
  });
  afterAll(() => engine.close());

  it.each(Object.values<Decoder>(decoders))(
    "tells all that $name needs to make the same frames again",
    async (decoder) => {
      const config = tinyConfig(trainedFor(decoder));
      // What the header names is found again by its name.
      const models = { "jigsaw-tiny": initialWeights(config, 3) };
      const tasks = [randomTask("another"), task];
      const decode = async (header: Trace["header"]) => {
        const model = openModel(engine, config, models[header.model as keyof typeof models]);
        const found = tasks.find(({ id }) => id === header.task)!;
        expect(found.test[header.test]!.input).toEqual(header.input);
        const options = header.options as unknown as DecodeOptions;
        const chosen = decoders[header.decoder as keyof typeof decoders];
        const { frames, candidates } = await decodeAll(chosen, smallSizes(model, 4), found, options);
        await model.close();
        return { frames, result: { attempts: candidates.map(({ answer }) => answer), correct: null } };
      };
      const written = { ...header, decoder: decoder.name };
      const first = { header: written, ...(await decode(written)) };
      const [read] = readTraces(writeTrace(first));
      expect(await decode(read!.header)).toEqual({ frames: read!.frames, result: read!.result });
      expect(read!.frames.length).toBeGreaterThan(1);
    },
  );
});
