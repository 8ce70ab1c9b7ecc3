/** Nonsense by the hundred: no crash, every answer a clear status, and nothing left of it afterwards. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fuzz } from "./fuzz.test-helper.ts";
import { type Running, startStudio } from "./studio.test-helper.ts";

let running: Running;
beforeAll(async () => {
  running = await startStudio({ headersMs: 1000, requestMs: 2000, silentMs: 5000 });
});
afterAll(() => running.close());

it("is answered, and forgotten", async () => {
  const { port } = running;
  const options = { port, parallel: 40, seed: 6 };
  // Once beforehand, so that what is loaded lazily is not counted.
  await fuzz({ ...options, seconds: 1 });
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const { requests, statuses, surprises } = await fuzz({ ...options, seconds: 4 });
  expect(surprises).toEqual([]);
  expect(running.reported).toEqual([]);
  expect(requests).toBeGreaterThan(100);
  for (const status of [200, 202, 400, 403, 404, 413, 415])
    expect(Object.keys(statuses)).toContain(String(status));
  // The clients' own memory is in this process too.
  expect(process.memoryUsage().rss - before).toBeLessThan(400 * 2 ** 20);
  for (
    let i = 0;
    i < 200 && running.studio.jobs.counts().running + running.studio.jobs.counts().waiting > 0;
    i++
  )
    await sleep(100);
  expect(running.studio.jobs.counts()).toMatchObject({ running: 0, waiting: 0 });
  expect((await fetch(`${running.url}api/about`)).status).toBe(200);
});
