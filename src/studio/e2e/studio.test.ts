/** The page in a real browser, sent by the studio and as a static site: what it shows is what the decoders give. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { runHere } from "../../cli/here.test-helper.ts";
import { readTasks } from "../../datasets/index.ts";
import { decoders } from "../../decode/decoders/index.ts";
import type { Decoder } from "../../decode/define.ts";
import type { Template } from "../../decode/frames.ts";
import { OPEN } from "../../decode/frames.ts";
import { infill } from "../../decode/infill.ts";
import { promptOf } from "../../decode/puzzle-prompt.ts";
import { readTraces } from "../../decode/trace.ts";
import { modelFolder, packageFolder, shippedModels } from "../../load.ts";
import { families, generatePuzzle } from "../../puzzles/index.ts";
import type { ViewFrame } from "../../solve/solve.ts";
import { exportSite } from "../export-site.ts";
import { examples, type Running, startStudio } from "../server/studio.test-helper.ts";
import { buildStudioPage, chromiumPath, launch } from "./browser.test-helper.ts";
import { ISOLATED, serveFiles } from "./static-server.test-helper.ts";

const PUZZLE = join(packageFolder, "examples", "logic-easy-2026-0.json");
const LARGER = join(packageFolder, "examples", "checkerboard-easy-2026-0.json");
/** Answers that the studio takes a while for: to be loaded anew in the middle of, and to be stopped. */
const WRITTEN = {
  large: generatePuzzle(families.kaleidoscope, "medium", 7, 0),
  largest: generatePuzzle(families.kaleidoscope, "hard", 7, 0),
};

let root: string;
let running: Running;
let browser: Browser;

beforeAll(async () => {
  if (!chromiumPath) return;
  root = await mkdtemp(join(tmpdir(), "jigsaw-e2e-"));
  for (const [name, { train, test }] of Object.entries(WRITTEN))
    await writeFile(join(root, `${name}.json`), JSON.stringify({ train, test }));
  const page = await buildStudioPage(root);
  running = await startStudio({ page });
  const models = new Map(shippedModels().map((name) => [name, modelFolder(name)]));
  await exportSite({
    ...{ out: join(root, "site"), page, models },
    folders: [examples],
    versions: { jigsaw: "test" },
  });
  browser = await launch();
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await running?.close();
  if (root) await rm(root, { recursive: true });
});

/** What a race of one decoder ends with, as `jigsaw solve` writes it down. */
async function solved(file: string, decoder: string, model: string): Promise<readonly number[]> {
  const trace = join(root, "trace.jsonl");
  const { code } = await runHere(
    "solve",
    file,
    "--decoder",
    decoder,
    "--model",
    model,
    "--trace",
    trace,
    "--json",
  );
  expect(code).toBe(0);
  const [solving] = readTraces(await readFile(trace, "utf8"));
  const frames = solving!.frames as readonly ViewFrame[];
  return frames.findLast(({ view }) => view === 0)!.slots;
}

/** What a decoder ends with, from a canvas or from the beginning. */
async function decoded(
  file: string,
  name: string,
  model: string,
  template?: Template,
): Promise<readonly number[]> {
  const [task] = await readTasks([file]);
  const decoder: Decoder = decoders[name as keyof typeof decoders];
  const opened = await running.load(model);
  const open = promptOf(opened, task!, 0, "rules");
  const [best] = await decoder.decode(opened, template ? infill(open, template) : open).candidates;
  await opened.close();
  return best!.answer.flat();
}

/** The cells of a grid on the page. */
async function cellsOf(tab: Page, grid: string, lane = 0): Promise<number[]> {
  const cells = tab.getByTestId(grid).nth(lane).getByTestId("cell");
  const values = await cells.evaluateAll((list) => list.map((cell) => cell.getAttribute("data-value")));
  return values.map((value) => (value === "open" ? OPEN : Number(value)));
}

const view = async (tab: Page, name: string) => {
  await tab.evaluate((hash) => {
    location.hash = hash;
  }, `#/${name}`);
};

/** Starts a race, which is shown as fast as it comes. */
async function start(tab: Page): Promise<void> {
  await tab.getByTestId("clock").getByText("By time").click();
  await tab.getByTestId("speed").selectOption("1");
  await tab.getByTestId("start").click();
}

async function openPuzzle(tab: Page, file: string): Promise<void> {
  await view(tab, "puzzles");
  await tab.getByTestId("file-input").setInputFiles(file);
  await tab
    .getByTestId("puzzle-name")
    .getByText(file.split("/").at(-1)!.replace(".json", ""))
    .first()
    .waitFor();
}

/** Waits until a lane has ended and its end is shown. */
const laneOver = (tab: Page, lane: number) =>
  tab.getByTestId("lane").nth(lane).and(tab.locator('[data-over="true"]')).waitFor({ timeout: 90_000 });

interface Site {
  readonly url: string;
  readonly asked?: string[];
  close(): Promise<void>;
}

const modes: { name: string; isolated?: boolean; open(): Promise<Site> }[] = [
  { name: "sent by the studio", open: async () => ({ url: running.url, close: async () => {} }) },
  { name: "as a static site, one thread", open: () => serveFiles(join(root, "site"), "/some/where/") },
  {
    name: "as a static site with threads",
    isolated: true,
    open: () => serveFiles(join(root, "site"), "/", ISOLATED),
  },
];

describe.skipIf(!chromiumPath).each(modes)("the page, $name", (mode) => {
  let site: Site;
  let tab: Page;
  const complaints: string[] = [];
  const isServed = mode.name.includes("studio");
  const written = (name: keyof typeof WRITTEN) => join(root, `${name}.json`);
  /** Of threads nothing is shown but that they compute the same. */
  const whole = (name: string, test: () => Promise<void>) => {
    if (!mode.isolated) it(name, test);
  };

  beforeAll(async () => {
    site = await mode.open();
    const context = await browser.newContext();
    tab = await context.newPage();
    tab.setDefaultTimeout(60_000);
    tab.on("pageerror", (error) => complaints.push(String(error)));
    tab.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    tab.on("dialog", (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await tab.goto(site.url);
  });
  afterAll(async () => {
    await tab.context().close();
    await site.close();
  });
  afterEach(() => {
    expect(complaints.splice(0)).toEqual([]);
  });

  it("shows every view", async () => {
    for (const name of ["touch", "race", "puzzles", "learn", "runs"]) {
      await view(tab, name);
      await tab.locator("h1").first().waitFor();
    }
    expect(await tab.evaluate(() => globalThis.crossOriginIsolated)).toBe(mode.isolated ?? false);
  });

  it("ends a race with the cells that jigsaw solve ends with", async () => {
    await openPuzzle(tab, PUZZLE);
    await view(tab, "race");
    await start(tab);
    for (const [lane, decoder] of ["greedy", "adaptive"].entries()) {
      await laneOver(tab, lane);
      expect(await tab.getByTestId("lane-decoder").nth(lane).textContent()).toBe(decoder);
      expect(await cellsOf(tab, "lane-canvas", lane)).toEqual(await solved(PUZZLE, decoder, "jigsaw-joint"));
    }
  });

  whole("goes on from a painted canvas as the decoder does", async () => {
    await openPuzzle(tab, LARGER);
    await view(tab, "touch");
    await tab.getByLabel("Pace").selectOption("16");
    const branchOver = async (count: number) => {
      await expect.poll(() => tab.getByTestId("branch").count(), { timeout: 60_000 }).toBe(count);
      await expect.poll(() => tab.getByTestId("cancel").count(), { timeout: 60_000 }).toBe(0);
      // The head follows at its own pace.
      await expect
        .poll(async () => (await cellsOf(tab, "canvas")).includes(OPEN), { timeout: 60_000 })
        .toBe(false);
    };
    await tab.getByTestId("go-on").click();
    await branchOver(1);
    const before = await cellsOf(tab, "canvas");
    const columns = Math.sqrt(before.length);
    const cell = (index: number) => tab.getByTestId("canvas").getByTestId("cell").nth(index);
    // All but the first two rows are erased, a cell of the first is painted, and the second is locked.
    await tab.getByTestId("tools").getByText("Erase").click();
    await cell(2 * columns).hover();
    await tab.mouse.down();
    await cell(before.length - 1).hover();
    await tab.mouse.up();
    const painted = before[0] === 6 ? 7 : 6;
    await tab.getByTestId(`colour-${painted}`).click();
    await cell(0).click();
    await tab.getByTestId("tools").getByText("Lock").click();
    await cell(columns).hover();
    await tab.mouse.down();
    await cell(2 * columns - 1).hover();
    await tab.mouse.up();
    const cells = await cellsOf(tab, "canvas");
    expect(cells).toEqual(before.map((id, i) => (i === 0 ? painted : i < 2 * columns ? id : OPEN)));
    const locked = Array.from({ length: columns }, (_, i) => columns + i);
    for (const index of locked) expect(await cell(index).getAttribute("aria-label")).toContain("locked");
    await tab.getByTestId("go-on").click();
    await branchOver(2);
    const template = { shape: [columns, columns], slots: cells, locked };
    const after = await cellsOf(tab, "canvas");
    expect(after).toEqual(await decoded(LARGER, "steps", "jigsaw-joint", template));
    expect(after[0]).toBe(painted);
    expect(after).not.toEqual(before);
  });

  whole("tells what the model says of a cell", async () => {
    await view(tab, "race");
    await tab.getByTestId("lane-canvas").first().getByTestId("cell").first().hover();
    const shares = tab.getByTestId("distribution").first();
    await expect.poll(() => shares.textContent(), { timeout: 60_000 }).toMatch(/\d+ %/);
  });

  whole("goes on with a race when it is loaded anew in the middle", async () => {
    const middling = isServed ? written("large") : LARGER;
    await openPuzzle(tab, middling);
    await view(tab, "race");
    const sent: string[] = [];
    tab.on("request", (request) => {
      if (request.method() === "POST" && request.url().endsWith("/decode")) sent.push(request.url());
    });
    await start(tab);
    await tab.getByTestId("lane").first().and(tab.locator('[data-status="running"]')).waitFor();
    const begun = sent.length;
    await tab.reload();
    for (const lane of [0, 1]) await laneOver(tab, lane);
    for (const [lane, decoder] of ["greedy", "adaptive"].entries())
      expect(await cellsOf(tab, "lane-canvas", lane)).toEqual(
        await decoded(middling, decoder, "jigsaw-joint"),
      );
    // The studio went on meanwhile: nothing was asked for again.
    if (isServed) expect(sent.length).toBe(begun);
  });

  whole("stops when it is told to", async () => {
    await openPuzzle(tab, written("largest"));
    await view(tab, "race");
    await start(tab);
    await tab.getByTestId("lane").first().and(tab.locator('[data-status="running"]')).waitFor();
    await tab.getByTestId("cancel").click();
    await tab.getByTestId("lane").and(tab.locator('[data-status="stopped"]')).first().waitFor();
    if (isServed)
      await expect
        .poll(() => running.studio.jobs.counts(), { timeout: 20_000 })
        .toMatchObject({ running: 0, waiting: 0 });
    // Nothing is left in the way of the next one.
    await openPuzzle(tab, PUZZLE);
    await view(tab, "race");
    await start(tab);
    for (const lane of [0, 1]) await laneOver(tab, lane);
  });

  if (!mode.isolated)
    it.each([
      ["what is no JSON", "puzzle.json", "{"],
      ["another kind of file", "photo.json", "\u0000\u0001PNG"],
      [
        "a grid that is too large",
        "large.json",
        JSON.stringify({
          train: [{ input: [[1]], output: [[1]] }],
          test: [{ input: new Array(40).fill([1]) }],
        }),
      ],
      [
        "a colour that is none",
        "colour.json",
        JSON.stringify({ train: [{ input: [[1]], output: [[77]] }], test: [{ input: [[1]] }] }),
      ],
      [
        "a script for a name",
        '"><img src=x onerror=alert(1)>.json',
        '{"train":"<script>alert(1)</script>","test":[]}',
      ],
      ["a list a million deep", "deep.json", "[", 1_000_000],
      ["far too much", "huge.json", "x", 40 * 2 ** 20],
      [
        "a trace that is none",
        "trace.jsonl",
        '{"kind":"header","format":"jigsaw-trace/1"}\n{"kind":"frame"}\n',
      ],
    ])("refuses a dropped file with %s, and says so", async (_, name, text, times = 1) => {
      const before = await tab.evaluate(() => sessionStorage.getItem("jigsaw:puzzle"));
      await tab.evaluate(
        ({ name, text, times }) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([text.repeat(times)], name, { type: "application/json" }));
          for (const type of ["dragenter", "dragover", "drop"])
            document.body.dispatchEvent(
              new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }),
            );
        },
        { name, text, times },
      );
      const notice = tab.getByTestId("notice-error").last();
      await notice.waitFor();
      const said = (await notice.textContent())!;
      expect(said).toContain(name.slice(0, 8));
      expect(said.length).toBeLessThan(500);
      expect(said).not.toMatch(/undefined|\[object|at \w+ \(|zod/i);
      expect(await tab.evaluate(() => sessionStorage.getItem("jigsaw:puzzle"))).toBe(before);
      while ((await tab.getByTestId("notice-error").count()) > 0)
        await tab.getByTestId("notice-error").first().getByRole("button").first().click();
    });

  const keeps = async () => {
    const asked = site.asked!;
    const before = asked.length;
    expect(asked.filter((path) => path.endsWith(".wasm"))).toHaveLength(1);
    const again = await tab.context().newPage();
    await again.goto(site.url);
    await view(again, "race");
    await start(again);
    await laneOver(again, 0);
    expect(asked.slice(before).filter((path) => /\.(wasm|bin)$/.test(path))).toEqual([]);
    await again.close();
  };
  if (!isServed && !mode.isolated) it("keeps runtime and weights for the next visit", keeps);
});

describe.skipIf(!chromiumPath)("a studio with a token", () => {
  it("lets the page in by the printed address, and the address shows the token no longer", async () => {
    const token = "a-token-of-this-test";
    const guarded = await startStudio({ page: join(root, "page"), token });
    const context = await browser.newContext();
    try {
      const tab = await context.newPage();
      expect((await tab.goto(guarded.url))!.status()).toBe(401);
      await tab.goto(`${guarded.url}?token=${token}`);
      await tab.locator("h1").first().waitFor();
      expect(tab.url()).not.toContain(token);
      await view(tab, "race");
      await start(tab);
      await laneOver(tab, 0);
    } finally {
      await context.close();
      await guarded.close();
    }
  });
});
