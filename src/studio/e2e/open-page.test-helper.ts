// The studio with its page built, and one tab of a browser.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { type Running, startStudio } from "../server/studio.test-helper.ts";
import { buildStudioPage, launch } from "./browser.test-helper.ts";

/** For what waits on a model, on a machine that has other work too. */
export const PATIENT = { timeout: 90_000 };

export interface OpenPage {
  readonly running: Running;
  readonly page: Page;
  /** The built page's folder, and one for runs, which is empty. */
  readonly built: string;
  readonly runs: string;
  close(): Promise<void>;
}

export async function openPage(options: BrowserContextOptions): Promise<OpenPage> {
  const folder = await mkdtemp(join(tmpdir(), "jigsaw-page-"));
  const [built, runs] = [await buildStudioPage(folder), join(folder, "runs")];
  await mkdir(runs);
  const running = await startStudio({ page: built, runs });
  const browser = await launch();
  const page = await browser.newPage(options);
  page.setDefaultTimeout(PATIENT.timeout);
  return {
    running,
    page,
    built,
    runs,
    async close() {
      await browser.close();
      await running.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
