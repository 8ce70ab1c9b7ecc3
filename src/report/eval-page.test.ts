import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../datasets/temporary.test-helper.ts";
import { answerOf, attemptsOf, refusedTest, taskOf } from "../evaluate/answers.test-helper.ts";
import { summarizeEvaluation } from "../evaluate/evaluation-summary.ts";
import type { Manifest } from "../evaluate/manifest.ts";
import { type Answer, judgeTask } from "../evaluate/outcome.ts";
import { chromiumPath, launch } from "../studio/e2e/browser.test-helper.ts";
import { evalPage } from "./eval-page.ts";
import { gridSvg } from "./grid-svg.ts";

const HOSTILE = `<img src=x onerror="window.hit=1">&'\u0022</script></template>`;
const tasks = [
  taskOf(HOSTILE, [1, 2]),
  taskOf("wrong", [3]),
  taskOf("large", [4], 30),
  taskOf("refused", [5]),
  taskOf("unknown", [null]),
];
const answers = new Map<string, Answer>(
  [
    { ...answerOf(HOSTILE, [attemptsOf(1, 2), attemptsOf(1, 2)]), host: HOSTILE, device: HOSTILE },
    answerOf("wrong", [attemptsOf(1, 2)]),
    answerOf("large", [attemptsOf(4, 2, 30)]),
    answerOf("refused", [refusedTest(HOSTILE)]),
    answerOf("unknown", [attemptsOf(1, 2)]),
  ].map((answer) => [answer.task, answer]),
);
const results = tasks.flatMap((task) => judgeTask(task, answers.get(task.id)!));
const manifest = {
  ...{
    format: "jigsaw-eval/1",
    run: "r",
    started: "now",
    resumed: [],
    finished: null,
    hosts: [],
    devices: [],
  },
  ...{ command: ["jigsaw", HOSTILE], data: [], tasks: {} },
  settings: { decoder: HOSTILE, model: HOSTILE, versions: { node: HOSTILE } },
} satisfies Manifest;
const page = evalPage(manifest, summarizeEvaluation(results, [...answers.values()]), tasks, answers, results);

describe("a grid's picture", () => {
  it("covers every cell with its colour once, the commonest as the ground", () => {
    const grid = [
      [1, 1, 0],
      [0, 2, 2],
    ];
    const svg = gridSvg(grid, "a grid");
    expect(svg).toContain('viewBox="0 0 3 2"');
    expect(svg).toContain('<rect class="b0" width="3" height="2"/>');
    expect(svg).toContain('<path class="c1" d="M0 0.5h2"/><path class="c2" d="M1 1.5h2"/>');
    expect(svg).not.toContain("c0");
    expect(
      gridSvg(grid, "", [
        [1, 1, 0],
        [0, 2, 3],
      ]),
    ).toContain('<path class="w" d="M2.5 1.5h0"/>');
    // Of another size no cell is compared.
    expect(gridSvg(grid, "", [[1]])).not.toContain('class="w"');
  });
});

describe("an evaluation's page", () => {
  it("is whole in itself, and escapes all that comes from outside", () => {
    expect(page).not.toContain("<img");
    expect(page.match(/<script>/g)).toHaveLength(1);
    expect(page.match(/<\/script>/g)).toHaveLength(1);
    expect(page.match(/<template>/g)).toHaveLength(results.length);
    expect(page.match(/<\/template>/g)).toHaveLength(results.length);
    expect(page).not.toMatch(/https?:|url\((?!#lines\))|NaN|undefined/);
  });
});

describe.skipIf(!chromiumPath)("an evaluation's page in Chromium", () => {
  async function opened(): Promise<Page> {
    const file = join(await temporaryFolder({}), "report.html");
    await writeFile(file, page);
    const browser = await launch();
    onTestFinished(() => browser.close());
    const tab = await browser.newPage({ viewport: { width: 390, height: 800 } });
    await tab.goto(pathToFileURL(file).href);
    return tab;
  }
  const shown = (tab: Page): Promise<string[]> =>
    tab.$$eval(".item", (items) =>
      items
        .filter((item) => item.checkVisibility())
        .map((item) => item.querySelector(".outcome")!.textContent!),
    );

  it("filters by outcome and by size, and says when nothing fits", async () => {
    const tab = await opened();
    expect(await shown(tab)).toEqual(["right", "second attempt", "wrong", "right", "refused", "unknown"]);
    await tab.locator("label.o-right").click();
    expect(await shown(tab)).toEqual(["right", "right"]);
    await tab.locator("label.s-1").click();
    expect(await shown(tab)).toEqual(["right"]);
    expect(await tab.locator(".none").isVisible()).toBe(false);
    await tab.locator("label.o-wrong").click();
    expect(await shown(tab)).toEqual([]);
    expect(await tab.locator(".none").isVisible()).toBe(true);
    await tab.locator("label.any").click();
    expect(await shown(tab)).toEqual(["wrong"]);
  });

  it("draws what is opened, by keyboard too, fits a phone, and runs nothing that was put into it", async () => {
    const tab = await opened();
    expect(await tab.locator(".body").count()).toBe(0);
    await tab.locator(".item summary").nth(2).focus();
    await tab.keyboard.press("Enter");
    await expect.poll(() => tab.locator(".body").count()).toBe(1);
    const captions = await tab.locator(".body figcaption").allInnerTexts();
    expect(captions).toEqual(
      expect.arrayContaining([
        "test input",
        "attempt 1\n6 of 6 cells wrong",
        "answer",
        "input 1",
        "output 1",
      ]),
    );
    expect(captions).toContain("1. -3.50 ± 0.25\nview 0; seen 2×; log p -1.00");
    await tab.locator(".item summary").nth(0).click();
    await tab.locator(".item summary").nth(4).click();
    await expect.poll(() => tab.locator(".body").count()).toBe(3);
    expect(await tab.locator(".refusal").innerText()).toBe(`Refused: ${HOSTILE}`);
    expect(await tab.evaluate(() => "hit" in globalThis)).toBe(false);
    expect(await tab.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });

  it.each(["light", "dark"] as const)("has no serious fault of accessibility (%s)", async (colorScheme) => {
    const tab = await opened();
    await tab.emulateMedia({ colorScheme });
    await tab.locator(".more summary").click();
    for (const i of [0, 2, 4, 5]) await tab.locator(".item summary").nth(i).click();
    await tab.addScriptTag({
      content: await readFile(createRequire(import.meta.url).resolve("axe-core"), "utf8"),
    });
    const violations = await tab.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } };
      return (await axe.run()).violations;
    });
    expect(violations).toEqual([]);
  });
});
