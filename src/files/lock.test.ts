import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../datasets/temporary.test-helper.ts";
import { FOLDER_LOCK, lockFolder } from "./lock.ts";

const silent = () => {};

/** A folder with a lock as another process would have left it. */
const lockedBy = async (owner: object | string): Promise<string> => temporaryFolder({ [FOLDER_LOCK]: owner });

/** The process id of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  return child.pid!;
}

describe("a folder's lock", () => {
  it("names process, host and start, and makes the folder; releasing it leaves nothing", async () => {
    const folder = join(await temporaryFolder({}), "new", "run");
    {
      await using _lock = await lockFolder(folder, silent);
      expect(JSON.parse(await readFile(join(folder, FOLDER_LOCK), "utf8"))).toEqual({
        ...{ pid: process.pid, host: hostname() },
        started: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      });
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it("is refused to a second writer until the first releases it, in one process too", async () => {
    const folder = await temporaryFolder({});
    const first = await lockFolder(folder, silent);
    await expect(lockFolder(join(folder, "."), silent)).rejects.toMatchObject({
      ...{ name: "JigsawError", code: "busy" },
      message: expect.stringContaining(
        `is being written by process ${process.pid} on ${hostname()}, since 2`,
      ),
      hint: expect.stringContaining(`remove ${join(folder, FOLDER_LOCK)}`),
    });
    await first[Symbol.asyncDispose]();
    await using _second = await lockFolder(folder, silent);
  });

  it("is released where the work under it fails or is aborted", async () => {
    const folder = await temporaryFolder({});
    const work = async (signal: AbortSignal) => {
      await using _lock = await lockFolder(folder, silent);
      expect(await readdir(folder)).toEqual([FOLDER_LOCK]);
      signal.throwIfAborted();
      throw new Error("a fault");
    };
    await expect(work(new AbortController().signal)).rejects.toThrow("a fault");
    await expect(work(AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");
    expect(await readdir(folder)).toEqual([]);
  });

  it("of a process here that has ended is taken over, which is said", async () => {
    const pid = await endedPid();
    const folder = await lockedBy({ pid, host: hostname(), started: "2026-01-01T00:00:00.000Z" });
    const said: string[] = [];
    await using _lock = await lockFolder(folder, (line) => said.push(line));
    expect(said).toEqual([`${folder}: taking over the lock of process ${pid}, which has ended.`]);
    expect(await readFile(join(folder, FOLDER_LOCK), "utf8")).toContain(`"pid":${process.pid}`);
    expect(await readdir(folder)).toEqual([FOLDER_LOCK]);
  });

  it("of an earlier process with this one's id is taken over", async () => {
    const folder = await lockedBy({
      pid: process.pid,
      host: hostname(),
      started: "2026-01-01T00:00:00.000Z",
    });
    await using _lock = await lockFolder(folder, silent);
  });

  it.each([
    ["a process that runs here", { pid: process.ppid, host: hostname(), started: "then" }],
    ["another host's process", { pid: 1, host: "elsewhere", started: "then" }],
  ])("of %s is refused", async (_, owner) => {
    const folder = await lockedBy(owner);
    await expect(lockFolder(folder, silent)).rejects.toMatchObject({
      code: "busy",
      message: `${folder} is being written by process ${owner.pid} on ${owner.host}, since then`,
    });
    expect(JSON.parse(await readFile(join(folder, FOLDER_LOCK), "utf8"))).toEqual(owner);
  });

  it("that names nobody is refused while it may be being written, and taken over later", async () => {
    const folder = await lockedBy("");
    await expect(lockFolder(folder, silent)).rejects.toMatchObject({ code: "busy" });
    await utimes(join(folder, FOLDER_LOCK), 1, 1);
    await using _lock = await lockFolder(folder, silent);
  });

  it("goes to one of many that want it at once, stale or not", async () => {
    const stale = { pid: await endedPid(), host: hostname(), started: "then" };
    for (const folder of [await temporaryFolder({}), await lockedBy(stale)]) {
      const tries = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder, silent)));
      const taken = tries.filter(({ status }) => status === "fulfilled");
      expect(taken).toHaveLength(1);
      for (const { reason } of tries.filter((one) => one.status === "rejected"))
        expect(reason.code).toBe("busy");
    }
  });

  it("goes to one of several processes that take over a stale one at once", async () => {
    const folder = await lockedBy({ pid: await endedPid(), host: hostname(), started: "then" });
    // Each process says that it is ready, waits for the word, and keeps the lock until it is killed.
    const script = `
      import { lockFolder } from ${JSON.stringify(new URL("./lock.ts", import.meta.url).href)};
      console.log("ready");
      process.stdin.once("data", () =>
        lockFolder(${JSON.stringify(folder)}, () => {}).then(() => console.log("taken"), ({ code }) => console.log(code)),
      );`;
    const started = Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]);
      onTestFinished(() => void child.kill("SIGKILL"));
      const says = async () => String((await once(child.stdout, "data"))[0]).trim();
      return { child, says };
    });
    await Promise.all(started.map(({ says }) => says()));
    const answers = started.map(({ says }) => says());
    for (const { child } of started) child.stdin.write("go");
    expect((await Promise.all(answers)).sort()).toEqual(["busy", "busy", "busy", "taken"]);
  });

  it("that someone removed and another process took is left alone", async () => {
    const folder = await temporaryFolder({});
    const lock = await lockFolder(folder, silent);
    await writeFile(join(folder, FOLDER_LOCK), "another's");
    await lock[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual([FOLDER_LOCK]);
  });

  it("cannot be taken where the folder is a file", async () => {
    const folder = await temporaryFolder({ file: "" });
    await expect(lockFolder(join(folder, "file"), silent)).rejects.toMatchObject({ code: "io" });
  });
});
