// Debian's Chromium under playwright-core, and pages built for the time of a test.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { build } from "vite";

/** The browser's path; undefined where there is none, and tests that need it are passed over. */
export const chromiumPath = ["chromium", "chromium-browser", "google-chrome"]
  .map((name) => {
    try {
      return execFileSync("which", [name], { encoding: "utf8" }).trim();
    } catch {
      return undefined;
    }
  })
  .find(Boolean);

/** WebGPU on the software driver that comes with Chromium. */
export const SOFTWARE_WEBGPU = [
  "--enable-unsafe-webgpu",
  "--enable-features=Vulkan,WebGPU",
  "--use-webgpu-adapter=swiftshader",
  "--use-vulkan=swiftshader",
];

export const launch = (args: readonly string[] = []): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath!, args: [...args] });

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

async function buildPage(root: string, outDir: string): Promise<string> {
  await build({ root, logLevel: "error", build: { outDir, emptyOutDir: true } });
  return outDir;
}

/** Builds the studio's page into a folder. */
export const buildStudioPage = (folder: string): Promise<string> =>
  buildPage(here("../web"), join(folder, "page"));

/** Builds a page that holds nothing but `globalThis.backend`. */
export async function buildBarePage(folder: string): Promise<string> {
  const outDir = join(folder, "bare");
  await build({
    root: here("./bare"),
    base: "./",
    logLevel: "error",
    worker: { format: "es" },
    build: { outDir, emptyOutDir: true, target: "es2023" },
  });
  return outDir;
}
