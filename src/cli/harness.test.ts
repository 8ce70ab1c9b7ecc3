// How verbs are interrupted: by signals, and by output that is lost. And what a run leaves behind: nothing.
import { closeSync, existsSync, openSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { JigsawError } from "../core/errors.ts";
import { temporaryFolder } from "../datasets/temporary.test-helper.ts";
import { packageFolder } from "../load.ts";
import { withInterrupt } from "./harness.ts";
import { jigsaw, startJigsaw } from "./spawn.test-helper.ts";

/** Work that waits until it is aborted, and then throws `error`. */
const waiting = (error?: unknown) => (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(error ?? signal.reason));
  });

const listeners = () => ["SIGINT", "SIGTERM", "SIGHUP"].map((name) => process.listenerCount(name));

describe("withInterrupt", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("aborts the work at %s, and only once", async (name) => {
    const before = listeners();
    let told = 0;
    const reason = () => new JigsawError("interrupted", "stopped after 3", "Go on.");
    const work = withInterrupt(waiting(), { reason, onSignal: () => told++ });
    process.emit(name);
    // The next signal is the system's to act on.
    expect(listeners()).toEqual(before);
    await expect(work).rejects.toMatchObject({ message: "stopped after 3", hint: "Go on." });
    expect(told).toBe(1);
  });

  it("gives what the work gives, and its errors; of errors that say it was stopped, the reason", async () => {
    const before = listeners();
    expect(await withInterrupt(async () => 3)).toBe(3);
    await expect(withInterrupt(() => Promise.reject(new TypeError("a fault")))).rejects.toThrow("a fault");
    const fault = withInterrupt(waiting(new TypeError("a fault")));
    process.emit("SIGINT");
    await expect(fault).rejects.toThrow("a fault");
    const own = withInterrupt(waiting(new JigsawError("interrupted", "the download was stopped")));
    process.emit("SIGINT");
    await expect(own).rejects.toThrow(/^stopped$/);
    expect(listeners()).toEqual(before);
  });

  it("aborts the work when output is lost, and leaves a signal that follows to do nothing more", async () => {
    const work = withInterrupt(waiting());
    process.stdout.emit("error", Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    process.emit("SIGINT");
    await expect(work).rejects.toMatchObject({
      code: "interrupted",
      message: "stopped: nobody reads the output",
    });
  });
});

const examples = join(packageFolder, "examples");
const tiny = ["--hidden-size=16", "--layers=1", "--heads=2", "--kv-heads=1", "--head-dim=8"];
const train = ["--intermediate-size=24", "--batch-size=2", "--threads=1", "--steps=100000", ...tiny];

describe("as a process", { timeout: 60_000 }, () => {
  it.each(["SIGTERM", "SIGHUP"] as const)(
    "training stopped by %s has a checkpoint, and ends with 130",
    async (name) => {
      const out = join(await temporaryFolder({}), "run");
      const { child, ended, prints } = startJigsaw(["train", "--out", out, "--logging-steps=1", ...train]);
      await prints("step ");
      child.kill(name);
      const { code, stdout, stderr } = await ended;
      expect([code, stderr]).toEqual([130, ""]);
      expect(stdout).toContain(`To go on: jigsaw train --out ${out} --resume`);
      expect((await readdir(out)).filter((file) => file.startsWith("checkpoint-"))).toHaveLength(1);
    },
  );

  it("training whose reader goes away has a checkpoint, and ends with 130", async () => {
    const out = join(await temporaryFolder({}), "run");
    const { child, ended, prints } = startJigsaw(["train", "--out", out, "--logging-steps=1", ...train]);
    await prints("step ");
    child.stdout!.destroy();
    expect(await ended).toMatchObject({ code: 130, signal: null });
    expect((await readdir(out)).filter((file) => file.startsWith("checkpoint-"))).toHaveLength(1);
  });

  it("solving whose reader goes away ends with 130, and does not crash", async () => {
    const { child, ended, prints } = startJigsaw(["solve", examples, "--json", "--threads=1", "--views=8"]);
    await prints("{");
    child.stdout!.destroy();
    expect(await ended).toMatchObject({
      code: 130,
      signal: null,
      stderr: expect.stringContaining("stopped"),
    });
  });

  it.skipIf(!existsSync("/dev/full"))("output to a full disk is an error, in one line", async () => {
    const full = openSync("/dev/full", "w");
    const { ended } = startJigsaw(["puzzles", "--list"], {}, full);
    closeSync(full);
    expect(await ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: the output could not be written: ENOSPC.*\n$/),
    });
  });

  it("solving leaves nothing in the home folder and none of its files in the temporary folder", async () => {
    const [home, temporary] = [await temporaryFolder({}), await temporaryFolder({})];
    const cleared = Object.fromEntries(
      Object.keys(process.env)
        .filter((name) => /^(XDG_|ORT_|JIGSAW_)/.test(name))
        .map((name) => [name, undefined]),
    );
    const solving = ["solve", join(examples, (await readdir(examples))[0]!), "--decoder=steps:steps=2"];
    const { code } = await jigsaw(solving, {
      ...cleared,
      HOME: home,
      TMPDIR: temporary,
      // The loader of TypeScript, which the package has no need of, would keep what it has translated there.
      TSX_DISABLE_CACHE: "1",
    });
    expect(code).toBe(0);
    expect(await readdir(home)).toEqual([]);
    expect(await readdir(temporary)).toEqual([]);
  });
});
