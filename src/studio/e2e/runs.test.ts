/** Runs in a real browser: curves that grow, an arena, a report that can reach nothing. */
import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decoded } from "../../evaluate/decoded.test-helper.ts";
import { summarizeDecoders } from "../../evaluate/decoder-summary.ts";
import { type Running, startStudio } from "../server/studio.test-helper.ts";
import { seriousViolations } from "./axe.test-helper.ts";
import { chromiumPath } from "./browser.test-helper.ts";
import { type OpenPage, openPage, PATIENT } from "./open-page.test-helper.ts";

const metrics = (step: number, loss: number) =>
  `${JSON.stringify({ step, loss, grad_norm: 1, learning_rate: 0.01, sequences_per_second: 4, tokens_per_second: 9, tokens: 9, seconds: step })}\n`;

const lost = { solved: false, found: false, accuracy: 0.5 };
/** "dear" is beaten by "cheap": slower and no better. */
const RESULTS = ["a", "b", "c", "d"].flatMap((task, i) => [
  decoded("cheap", task, { decodeMs: 10, passes: 4, ...(i > 1 && lost) }),
  decoded("dear", task, { decodeMs: 90, passes: 30, ...(i > 1 && lost) }),
  decoded("best", task, { decodeMs: 50, passes: 20 }),
]);
const DECODERS = ["cheap", "dear", "best"];

async function writeRuns(folder: string): Promise<void> {
  for (const [name, objective, lines] of [
    ["first", "masked-diffusion", metrics(2, 4) + metrics(4, 2)],
    ["second", "autoregressive", metrics(2, 3) + metrics(4, 1)],
  ] as const) {
    await mkdir(join(folder, name));
    await writeFile(
      join(folder, name, "training_args.json"),
      JSON.stringify({ steps: 8, objective, seed: 1 }),
    );
    await writeFile(join(folder, name, "metrics.jsonl"), lines);
  }
  await mkdir(join(folder, "arena"));
  const settings = {
    decoders: DECODERS.map((decoder) => ({ decoder, options: {}, model: "jigsaw-joint" })),
    ...{ data: "families", levels: ["easy"], device: "cpu", puzzles: 4 },
  };
  const summary = {
    settings,
    versions: { jigsaw: "0.1.0" },
    baseline: "cheap",
    decoders: summarizeDecoders(RESULTS, DECODERS, "cheap"),
  };
  await writeFile(join(folder, "arena", "summary.json"), JSON.stringify(summary));
  await mkdir(join(folder, "evaluation"));
  await writeFile(
    join(folder, "evaluation", "report.html"),
    `<!doctype html><html lang="en"><title>Report</title><p id="said">no script ran</p><script>
      let reach = "nothing";
      try { reach = parent.document.title; } catch {}
      said.textContent = "reaches " + reach;
    </script></html>`,
  );
}

let opened: OpenPage;
let running: Running;
let page: Page;

const open = async (show: string) => {
  await page.goto(`${running.url}#/runs?show=${show}`);
  await page.locator(`[data-testid="run"][aria-current][data-name="${show.split(",")[0]}"]`).waitFor(PATIENT);
};
const legend = () => page.getByTestId("legend-row").allTextContents();

describe.skipIf(!chromiumPath)("runs", () => {
  beforeAll(async () => {
    opened = await openPage({ viewport: { width: 1440, height: 900 } });
    ({ running, page } = opened);
    await writeRuns(opened.runs);
  }, 180_000);
  afterAll(() => opened?.close());

  it("shows what a run has logged, and what it goes on to log", async () => {
    await open("first");
    await expect.poll(legend, PATIENT).toEqual([expect.stringContaining("4 of 8")]);
    await appendFile(join(opened.runs, "first", "metrics.jsonl"), metrics(6, 1.25));
    await expect.poll(legend, PATIENT).toEqual([expect.stringMatching(/6 of 8.*1\.25/)]);
    expect(await page.getByTestId("chart").count()).toBe(3);
  });

  it("lets the curves be walked by keyboard, all together", async () => {
    await open("second");
    await expect.poll(legend, PATIENT).toEqual([expect.stringContaining("4 of 8")]);
    await page.getByTestId("smoothing").fill("0");
    const loss = page.locator('[data-metric="Loss"] .plot');
    await loss.focus();
    await page.keyboard.press("Home");
    expect(await loss.getAttribute("aria-valuetext")).toBe("step 2: second 3");
    await page.keyboard.press("ArrowRight");
    expect(await loss.getAttribute("aria-valuetext")).toBe("step 4: second 1");
    expect(await page.locator('[data-metric="Learning rate"] .plot').getAttribute("aria-valuetext")).toBe(
      "step 4: second 0.01",
    );
  });

  it("compares runs: their curves, their figures, the settings that differ", async () => {
    await open("first");
    await page.getByRole("button", { name: "Compare with second" }).click();
    await expect.poll(async () => (await legend()).length, PATIENT).toBe(2);
    expect(page.url()).toContain("show=first%2Csecond");
    await expect.poll(() => page.locator(".run-detail").textContent(), PATIENT).toContain("autoregressive");
    expect(await page.locator(".run-detail").textContent()).not.toContain("Settingseed");
    await page.getByTestId("legend").getByRole("button", { name: "second" }).click();
    await page.locator('[data-metric="Loss"] .plot').focus();
    await page.keyboard.press("Home");
    expect(await page.locator('[data-metric="Loss"] .plot').getAttribute("aria-valuetext")).toBe(
      "step 2: first 4",
    );
  });

  it("draws an arena's front, and tells of the decoder that is pointed at", async () => {
    await open("arena");
    const pareto = page.getByTestId("pareto");
    await pareto.waitFor(PATIENT);
    const points = pareto.getByRole("button");
    const names = await points.evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
    expect(names).toEqual([
      "cheap: solved 50.0 %, 10 ms of decoding, on the front",
      "best: solved 100.0 %, 50 ms of decoding, on the front",
      "dear: solved 50.0 %, 90 ms of decoding",
    ]);
    await points.first().focus();
    await page.keyboard.press("End");
    await expect.poll(() => page.getByTestId("arena-details").textContent()).toMatch(/^dear/);
    await page.getByTestId("cost").getByText("passes").click();
    await expect.poll(() => points.first().getAttribute("aria-label")).toContain("4 passes");
  });

  it("sorts the arena's table by any column, either way", async () => {
    await open("arena");
    const order = async () =>
      (await page.locator('[data-testid="arena-row"] th').allTextContents()).map((words) =>
        words.replace("jigsaw-joint", ""),
      );
    await page.getByTestId("arena-table").waitFor(PATIENT);
    const passes = page.getByTestId("arena-table").getByRole("button", { name: "Passes" });
    await passes.click();
    expect(await order()).toEqual(["dear", "best", "cheap"]);
    await passes.click();
    expect(await order()).toEqual(["cheap", "best", "dear"]);
    expect(await page.locator('th[aria-sort="ascending"]').textContent()).toContain("Passes");
  });

  it("shows a report whose script runs and reaches nothing of the page", async () => {
    await open("evaluation");
    const said = page.frameLocator('[data-testid="report"]').locator("#said");
    await expect.poll(() => said.textContent(), PATIENT).toBe("reaches nothing");
  });

  it("tells how to make runs where there are none", async () => {
    const bare = await startStudio({ page: opened.built });
    try {
      await page.goto(`${bare.url}#/runs`);
      await page.getByTestId("no-runs").waitFor(PATIENT);
      expect(await page.getByTestId("no-runs").textContent()).toContain("jigsaw train");
      expect(await seriousViolations(page)).toEqual([]);
    } finally {
      await bare.close();
    }
  });

  it.each([
    ["at a desk", 1440, 900, "dark"],
    ["on a phone", 390, 844, "light"],
  ] as const)("can be used by all, %s", async (_, width, height, colorScheme) => {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    for (const show of ["first,second", "arena", "evaluation"]) {
      await open(show);
      await page.waitForTimeout(500);
      expect(await seriousViolations(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    }
  });
});
