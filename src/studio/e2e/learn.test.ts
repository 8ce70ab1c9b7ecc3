/** The primer in a real browser: what it says is what the models say. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPEN } from "../../decode/frames.ts";
import { inspect } from "../../decode/inspect.ts";
import { promptOf } from "../../decode/puzzle-prompt.ts";
import type { Running } from "../server/studio.test-helper.ts";
import { echo } from "../web/learn/example-puzzles.ts";
import { hide, hidingOrder } from "../web/learn/masking.ts";
import { seriousViolations } from "./axe.test-helper.ts";
import { chromiumPath } from "./browser.test-helper.ts";
import { type OpenPage, openPage, PATIENT } from "./open-page.test-helper.ts";

let opened: OpenPage | undefined;
let running: Running;
let page: Page;

const open = async (part: string) => {
  await page.goto(`${running.url}#/learn?part=${part}`);
  await page.getByTestId(`learn-${part}`).waitFor(PATIENT);
};
const text = async (testid: string) => (await page.getByTestId(testid).textContent()) ?? "";
/** What stands under the lanes of a figure, once all have come to their end. */
const verdicts = async (figure: string, lanes: number) => {
  const over = page.locator(`[data-testid="${figure}"] [data-testid="lane"][data-over="true"]`);
  await over.nth(lanes - 1).waitFor(PATIENT);
  return await page
    .locator(`[data-testid="${figure}"] [data-testid="lane"] [data-testid="score"]`)
    .allTextContents();
};
const passes = async (figure: string) =>
  (await page.locator(`[data-testid="${figure}"] [data-testid="lane"]`).allTextContents()).map((words) =>
    Number(/pass (\d+)/.exec(words)![1]),
  );

describe.skipIf(!chromiumPath)("the primer", () => {
  beforeAll(async () => {
    opened = await openPage({ reducedMotion: "reduce" });
    ({ running, page } = opened);
  }, 180_000);
  afterAll(() => opened?.close());

  it("lets the same weights type and fill in one puzzle, both right, the jigsaw in fewer passes", async () => {
    await open("ways");
    expect(await verdicts("ways", 2)).toEqual(["all right", "all right"]);
    const [typed, filled] = await passes("ways");
    // A pass for each cell, and those before.
    expect(typed).toBeGreaterThanOrEqual(30);
    expect(filled).toBeLessThan(typed! / 3);
  });

  it("hides as many cells as the slider says, and tells the model's own loss on them", async () => {
    await open("noise");
    const slider = page.getByTestId("noise-level");
    await slider.focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
    expect(await slider.getAttribute("aria-valuetext")).toBe("9 of 12 cells hidden");
    expect(await page.locator('[data-testid="noise-canvas"] [data-value="open"]').count()).toBe(9);
    const answer = echo.test[0]!.output!;
    const cells = hide(answer.flat(), hidingOrder(12, 1), 9);
    const model = await running.load("jigsaw-adapted");
    const shares = await inspect(model, promptOf(model, echo), { shape: [4, 3], slots: cells });
    const losses = cells.flatMap((value, cell) =>
      value === OPEN ? [-Math.log(shares[cell]![answer.flat()[cell]!]!)] : [],
    );
    const mean = losses.reduce((a, b) => a + b) / losses.length;
    await expect.poll(() => text("noise-loss"), PATIENT).toContain(`Loss: ${mean.toFixed(2)}`);
    await expect.poll(() => page.getByTestId("loss-plot").getAttribute("data-points"), PATIENT).toBe("10");
    await model.close();
  });

  it("shows that order matters on its puzzle, and that one round has no order", async () => {
    await open("order");
    const [surest, rows, drawn] = await verdicts("order", 3);
    expect(surest).toBe("all right");
    expect(rows).toMatch(/wrong/);
    expect(drawn).toMatch(/wrong/);
    await page.getByTestId("rounds").getByText("1", { exact: true }).click();
    const at = await verdicts("order", 3);
    expect(at[0]).toMatch(/wrong/);
    expect(new Set(at).size).toBe(1);
  });

  it("works out the costs that the models' ledgers say", async () => {
    await open("attention");
    for (const pattern of ["grid-prompt", "causal", "causal-prompt"]) {
      await page.getByTestId("pattern").selectOption(pattern);
      await expect
        .poll(
          async () =>
            (await text("booked")) && (await page.getByTestId("booked").getAttribute("data-agrees")),
          PATIENT,
        )
        .toBe("true");
    }
    await page.getByTestId("pattern").selectOption("full");
    expect(await text("ledger-words")).toContain("Every pass computes everything again");
  });

  it("lets the matrix be walked by keyboard", async () => {
    await open("attention");
    await page.getByTestId("pattern").selectOption("causal");
    const matrix = page.getByTestId("matrix");
    await matrix.focus();
    await page.keyboard.press("PageUp");
    await page.keyboard.press("Home");
    expect(await matrix.getAttribute("aria-valuetext")).toBe("The first token sees itself.");
    await page.keyboard.press("ArrowRight");
    expect(await text("spot")).toMatch(/^The first token does not see .* sees 1 of 163 tokens\.$/);
  });

  it("tells what was taken back, and what it was good for", async () => {
    await open("mistakes");
    await verdicts("mistakes", 2);
    expect(await text("counted")).toMatch(/^Here backspace took back \d+ cells: \d+ came out right/);
    await page.getByText("Search", { exact: true }).click();
    await verdicts("mistakes", 2);
    await page.getByText(/tree found \d+ answers/).waitFor();
  });

  it("weighs answers by all views", async () => {
    await open("views");
    await page.getByTestId("outcome").waitFor(PATIENT);
    expect(await page.locator('[data-testid="views"] li').count()).toBe(8);
    expect(await page.locator('[data-testid="answers"] tr.first').getAttribute("data-right")).toBe("true");
    expect(await text("outcome")).toContain("The puzzle as it is was answered wrong");
    expect(await text("sources")).toContain("SequenceMatch");
  });

  it("counts over other puzzles when it is asked to", async () => {
    await open("order");
    await page.getByTestId("tally").click();
    await expect
      .poll(async () => Number(await page.getByTestId("order-tally").getAttribute("data-puzzles")), PATIENT)
      .toBeGreaterThan(1);
    const rows = await page.locator('[data-testid="order-tally"] tbody tr').count();
    expect(rows).toBe(4);
  });

  it("is gone through part by part, and remembers what was seen", async () => {
    await open("ways");
    await page.getByTestId("next-part").click();
    await page.getByTestId("learn-noise").waitFor();
    expect(page.url()).toContain("part=noise");
    const focused = () => page.evaluate("document.activeElement.textContent");
    await expect.poll(focused, PATIENT).toBe("Learning from hidden cells");
    await page.reload();
    await page.getByTestId("learn-noise").waitFor();
    await expect.poll(() => page.locator(".learn-contents [data-seen]").count(), PATIENT).toBe(6);
  });

  it.each([
    ["at a desk", 1440, 900, "light"],
    ["on a phone, in the dark", 390, 844, "dark"],
  ] as const)("can be used by all, %s", async (_, width, height, colorScheme) => {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const part of ["ways", "noise", "order", "attention", "mistakes", "views"]) {
      await open(part);
      expect(await seriousViolations(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    }
  });
});
