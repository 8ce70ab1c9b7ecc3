import { afterEach, describe, expect, it, vi } from "vitest";
import { runHere } from "./here.test-helper.ts";
import { respell } from "./run.ts";
import { jigsaw, startJigsaw } from "./spawn.test-helper.ts";
import { trainAliases } from "./train.ts";

afterEach(() => void vi.unstubAllEnvs());

describe("respell", () => {
  it.each([
    ["--batch_size 3 my_file", "--batch-size 3 my_file"],
    ["--save_steps=a_b", "--save-steps=a_b"],
    ["--per_device_train_batch_size=8 --output_dir x", "--batch-size=8 --out x"],
    ["--a_b -- --c_d", "--a-b -- --c_d"],
  ])("%s", (words, expected) => {
    expect(respell(words.split(" "), trainAliases).join(" ")).toBe(expected);
  });
});

describe("exit codes", () => {
  it.each([
    ["0 for help", ["--help"], 0, "out", "Usage: jigsaw"],
    ["0 for a verb's help", ["help", "train"], 0, "out", "--muon-learning-rate <number>"],
    ["0 for the version", ["--version"], 0, "out", "0.1.0"],
    ["2 without a verb", [], 2, "err", "Usage: jigsaw"],
    ["2 for an unknown verb", ["trian"], 2, "err", "Did you mean train?"],
    ["2 for an unknown flag", ["train", "--bach_size", "3"], 2, "err", "Did you mean --batch-size?"],
    ["2 for a device that is none", ["train", "--device", "abacus"], 2, "err", "auto, cpu, webgpu, cuda"],
    ["2 for a bad value", ["train", "--steps", "-1"], 2, "err", "--steps -1: must be more than 0"],
    ["2 for a missing file", ["puzzles", "show", "/no/such"], 2, "err", "no such file"],
  ] as const)("%s", async (_, argv, code, where, text) => {
    const printed = await runHere(...argv);
    expect(printed.code).toBe(code);
    expect(printed[where]).toContain(text);
  });

  it("130 where something was interrupted on request", async () => {
    const { JigsawError } = await import("../core/errors.ts");
    const train = await import("./train.ts");
    vi.spyOn(train, "trainCommand").mockImplementation(() => {
      throw new JigsawError("interrupted", "stopped");
    });
    expect((await runHere("train")).code).toBe(130);
    vi.mocked(train.trainCommand).mockImplementation(() => {
      throw new Error("a fault of ours");
    });
    const { code, err } = await runHere("train");
    expect(code).toBe(1);
    expect(err).toBe("error: a fault of ours\nJIGSAW_DEBUG=1 shows where this came from.\n");
    vi.mocked(train.trainCommand).mockRestore();
  });
});

describe("errors of a request", () => {
  it("take two lines, and show no stack", async () => {
    const { err } = await runHere("train", "--heads", "4", "--kv-heads", "3");
    expect(err).toBe(
      "error: 4 query heads cannot share 3 key and value heads evenly\nChoose --kv-heads so that it divides --heads.\n",
    );
  });

  it("show the stack with JIGSAW_DEBUG", async () => {
    vi.stubEnv("JIGSAW_DEBUG", "1");
    expect((await runHere("train", "--steps", "0")).err).toMatch(/error: --steps 0.*\n.* {4}at /s);
  });
});

describe("as a process", () => {
  it("ends quietly when its reader goes away", async () => {
    const { child, ended } = startJigsaw(["puzzles", "--list"]);
    child.stdout!.destroy();
    expect(await ended).toMatchObject({ code: 0, stderr: "" });
  });

  it("has no colours in a pipe", async () => {
    const { code, stderr, stdout } = await jigsaw(["puzzles", "show", "nothing"], {
      FORCE_COLOR: "",
      NO_COLOR: "",
    });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toBe("error: nothing: no such file or folder\nCheck the path.\n");
  });
});
