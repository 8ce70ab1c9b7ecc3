/** `jigsaw studio` as a process: it says where it is, ends with Ctrl-C, and is plain about what it cannot do. */
import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { About } from "../studio/shared/protocol.ts";
import { runHere } from "./here.test-helper.ts";
import { startJigsaw } from "./spawn.test-helper.ts";

/** Starts a studio on a free port; gives its address. */
async function start(...argv: string[]) {
  const { child, ended, prints } = startJigsaw(["studio", "--port", "0", "--threads", "1", ...argv]);
  let printed = "";
  child.stdout!.on("data", (text: string) => {
    printed += text;
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await prints("Ctrl-C");
  const url = /http:\/\/\S+/.exec(printed)?.[0];
  if (!url) throw new Error(`it printed ${printed}${(await ended).stderr}`);
  return { child, ended, url };
}

describe("jigsaw studio", () => {
  it("serves this machine until Ctrl-C, also while it computes for a page", async () => {
    const { child, ended, url } = await start();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const about = (await (await fetch(`${url}api/about`)).json()) as About;
    expect(about.models.map(({ name }) => name)).toContain("jigsaw-adapted");
    expect(about.folders).toEqual(["examples"]);
    const [task] = (await (await fetch(`${url}api/folders/examples/tasks`)).json()) as { id: string }[];
    const request = {
      task: await (await fetch(`${url}api/folders/examples/tasks/${task!.id}`)).json(),
      decoder: "backspace",
    };
    const headers = { "Content-Type": "application/json" };
    const sent = await fetch(`${url}api/decode`, { method: "POST", headers, body: JSON.stringify(request) });
    expect(sent.status).toBe(202);
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0, signal: null, stderr: "" });
  });

  it("takes a token where it listens to others, and prints it as part of the address", async () => {
    const { child, ended, url } = await start("--host", "0.0.0.0");
    const { port, searchParams } = new URL(url);
    const token = searchParams.get("token")!;
    expect(token.length).toBeGreaterThanOrEqual(32);
    const about = `http://127.0.0.1:${port}/api/about`;
    expect((await fetch(about)).status).toBe(401);
    expect((await fetch(about, { headers: { Authorization: `Bearer ${token}` } })).status).toBe(200);
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
  });

  it("says that a port is taken", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const { code, err } = await runHere("studio", "--port", String(port), "--threads", "1");
    server.close();
    expect(code).toBe(2);
    expect(err).toContain(`port ${port} is taken`);
    expect(err).toContain("--port");
  });

  it.each([
    [["--tasks", "/not/there"], "--tasks /not/there: no such folder"],
    [["--tasks", import.meta.filename], "studio.test.ts: no such folder"],
    [["--runs", "/not/there"], "--runs /not/there: no such folder"],
    [["--models", "/not/there"], 'no model "/not/there"'],
    [["--models", "other/jigsaw-tiny"], 'there is a model "jigsaw-tiny" already'],
    [["--port", "99999"], "--port 99999: must be at most 65535"],
    [["--host", "no.such.host.invalid", "--threads", "1"], "no.such.host.invalid"],
  ])("refuses %s", async (argv, message) => {
    const { code, err } = await runHere("studio", ...argv);
    expect(err).toContain(message);
    expect(code).toBe(2);
  });
});

describe("jigsaw studio --export", () => {
  it("refuses a folder that holds other things", async () => {
    const { code, err } = await runHere("studio", "--export", import.meta.dirname);
    // Whether or not the page is built here.
    expect(err).toMatch(/holds other files|the page has not been built/);
    expect(code).toBe(2);
  });
});
