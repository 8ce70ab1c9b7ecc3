// A Redis of one's own: Debian's redis-server on a free port, which keeps nothing on disk.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;

/** The port that a server listens on. */
export const listen = (server: Server): Promise<number> =>
  new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
  );

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface RedisServer {
  readonly url: string;
  /** Kills the server and starts it again with nothing in it. */
  restart(pause?: number): Promise<void>;
  kill(): Promise<void>;
}

export async function startRedis(...more: string[]): Promise<RedisServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "jigsaw-redis-"));
  let server: ChildProcess;
  const start = () =>
    new Promise<void>((resolve, reject) => {
      const flags = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
      server = spawn("redis-server", [...flags, "--dir", folder, ...more], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      server.once("error", reject);
      server.stdout!.on("data", (text) => String(text).includes("Ready to accept") && resolve());
    });
  const stop = async () => {
    const gone = new Promise((resolve) => server.once("exit", resolve));
    if (server.kill("SIGKILL")) await gone;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    async restart(pause = 0) {
      await stop();
      await sleep(pause);
      await start();
    },
    async kill() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
