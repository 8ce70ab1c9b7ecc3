import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { jigsaw } from "../cli/spawn.test-helper.ts";
import { freePort, hasRedis, listen, startRedis } from "./redis.test-helper.ts";
import { openRedis, optionalPackage, withoutPassword } from "./redis.ts";

const never = new AbortController().signal;

/** A server that gives every command the same answer. */
async function answering(text: string | undefined): Promise<string> {
  const server = createServer((socket) =>
    socket.on("data", (data) => {
      const commands = String(data).match(/^\*\d+\r$/gm)?.length ?? 1;
      if (text !== undefined) socket.write(text.repeat(commands));
    }),
  );
  const port = await listen(server);
  onTestFinished(() => void server.close());
  return `redis://127.0.0.1:${port}`;
}

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;

describe("openRedis", () => {
  it.each(["redis//here", "http://here:6379", "here:6379", "redis://", ""])(
    "refuses %j as an address",
    async (url) => {
      await expect(openRedis(url, never)).rejects.toMatchObject({ name: "JigsawError", code: "bad-option" });
    },
  );

  it("says at once that nobody is there", async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    const began = performance.now();
    await expect(openRedis(url, never)).rejects.toMatchObject({
      code: "network",
      message: expect.stringMatching(/^no queue at redis:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/),
      hint: expect.stringContaining("redis-server"),
    });
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it.each([
    [
      "an old Redis",
      bulk("redis_version:4.0.9\r\nloading:0\r\n"),
      /it is Redis 4\.0\.9, and BullMQ needs 5\.0/,
    ],
    ["something without a version", bulk("loading:0\r\n"), /does not say its version/],
    ["a web server", "HTTP/1.1 400 Bad Request\r\n\r\n", /no queue at .*: Protocol error/],
    ["one that never answers", undefined, /does not answer/],
  ])("refuses %s", async (_, text, message) => {
    const url = await answering(text);
    await expect(openRedis(url, never)).rejects.toMatchObject({
      code: "network",
      message: expect.stringMatching(message),
    });
  });

  it.skipIf(!hasRedis)("refuses a password that is wrong or missing, and takes the right one", async () => {
    const server = await startRedis("--requirepass", "secret");
    onTestFinished(() => server.kill());
    await expect(openRedis(server.url, never)).rejects.toMatchObject({
      message: expect.stringContaining("NOAUTH"),
    });
    const wrong = server.url.replace("//", "//:wrong@");
    await expect(openRedis(wrong, never)).rejects.toMatchObject({
      message: expect.stringContaining("WRONGPASS"),
    });
    (await openRedis(server.url.replace("//", "//:secret@"), never)).disconnect();
  });

  it.skipIf(!hasRedis)("opens a Redis that is there", async () => {
    const server = await startRedis();
    onTestFinished(() => server.kill());
    const client = await openRedis(server.url, never);
    expect(await client.ping()).toBe("PONG");
    client.disconnect();
  });
});

describe("what is said of a queue", () => {
  it("never has the password in it", () => {
    expect(withoutPassword("redis://me:secret@here:6379/0")).toBe("redis://me:***@here:6379/0");
    expect(withoutPassword("redis://here:6379")).toBe("redis://here:6379");
  });

  it("names the packages that are missing", async () => {
    const missing = () => import("bullmq-that-is-not-there" as string);
    await expect(optionalPackage(missing)).rejects.toMatchObject({
      code: "unsupported",
      hint: "npm install bullmq ioredis",
    });
  });

  it("is all that an installation without the packages gives", async () => {
    const hooks = `export const resolve = async (name, context, next) => {
      if (name === "bullmq") throw Object.assign(new Error(), { code: "ERR_MODULE_NOT_FOUND" });
      return next(name, context);
    }`;
    const lacking = `import { register } from "node:module"; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)})`;
    const { code, stderr } = await jigsaw(["worker", "--queue", "redis://localhost:1"], {
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(lacking)}`,
    });
    expect([code, stderr]).toEqual([
      2,
      "error: --queue needs the packages bullmq and ioredis, which are not installed\nnpm install bullmq ioredis\n",
    ]);
  });
});
