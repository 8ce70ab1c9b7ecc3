/** The static site on WebGPU: through the software driver that comes with Chromium, where it starts. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readTasks } from "../../datasets/index.ts";
import { decoders } from "../../decode/decoders/index.ts";
import { promptOf } from "../../decode/puzzle-prompt.ts";
import { openNodeEngine } from "../../engine/node/sessions.ts";
import { loadModel, modelFolder } from "../../load.ts";
import { exportSite } from "../export-site.ts";
import { examples } from "../server/studio.test-helper.ts";
import type { Backend, DecodeEvent } from "../shared/protocol.ts";
import type { StudioTask } from "../shared/tasks.ts";
import { buildBarePage, chromiumPath, launch, SOFTWARE_WEBGPU } from "./browser.test-helper.ts";
import { serveFiles } from "./static-server.test-helper.ts";

const MODEL = "jigsaw-adapted";

let root: string;
let browser: Browser;
let site: Awaited<ReturnType<typeof serveFiles>>;
let tab: Page;

/** Why this cannot be tried here; undefined where it can. */
async function obstacle(): Promise<string | undefined> {
  if (!chromiumPath) return "no Chromium";
  root = await mkdtemp(join(tmpdir(), "jigsaw-webgpu-"));
  const page = await buildBarePage(root);
  const models = new Map([[MODEL, modelFolder(MODEL)]]);
  await exportSite({ out: join(root, "site"), page, models, folders: [examples], versions: {} });
  browser = await launch(SOFTWARE_WEBGPU);
  site = await serveFiles(join(root, "site"));
  tab = await browser.newPage();
  await tab.goto(`${site.url}?compute=webgpu`);
  const adapter = await tab.evaluate(async () => {
    const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<object | null> } };
    return (await gpu?.requestAdapter().catch(() => null)) ? "there" : "none";
  });
  return adapter === "there" ? undefined : "no WebGPU adapter";
}

let missing: string | undefined;
beforeAll(async () => {
  missing = await obstacle();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await site?.close();
  if (root) await rm(root, { recursive: true });
});

it("ends with the cells that the CPU ends with", { timeout: 900_000 }, async ({ skip }) => {
  if (missing) skip(missing);
  // The smallest of the examples: each pass takes seconds here.
  const task = (await readTasks([examples])).find(({ id }) => id.startsWith("space-out")) as StudioTask;
  const request = { task, decoder: "steps:steps=2", model: MODEL };
  const events = await tab.evaluate(async (asked) => {
    const backend = await (globalThis as unknown as { backend: Promise<Backend> }).backend;
    const { device } = await backend.about();
    const told: DecodeEvent[] = [];
    for await (const event of backend.decode(asked)) if (event.type !== "loading") told.push(event);
    return { device, told };
  }, request);
  expect(events.device).toBe("webgpu");

  const engine = await openNodeEngine({ threads: 1 });
  const { model } = await loadModel(MODEL, { engine });
  const prompt = promptOf(model, task, 0, "rules");
  const decoding = decoders.steps.decode(model, prompt, { steps: 2 });
  const frames = [];
  for await (const frame of decoding) frames.push(frame);
  const [best] = await decoding.candidates;
  await model.close();
  await engine.close();
  const [last, ...before] = events.told.toReversed();
  expect(last).toMatchObject({ type: "done", candidates: [{ grid: best!.answer }] });
  const shown = before.toReversed().flatMap((event) => (event.type === "frame" ? [event.frame] : []));
  expect(shown.map(({ slots }) => slots)).toEqual(frames.map(({ slots }) => slots));
  for (const [i, { confidence }] of frames.entries())
    for (const [cell, p] of confidence.entries())
      expect(Math.abs(shown[i]!.confidence[cell]! - p)).toBeLessThan(1e-3);
});
