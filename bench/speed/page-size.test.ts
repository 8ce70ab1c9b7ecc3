/** What `npm run build` has built; without it, nothing is said. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { codeOf, total } from "./page-files.ts";

const built = fileURLToPath(new URL("../../dist/studio/web", import.meta.url));

it.skipIf(!existsSync(built))("the built page's code is under 150 kB, gzipped", async () => {
  const files = await codeOf(built);
  // The first script, its style sheet, and a view's at the least.
  expect(files.length).toBeGreaterThan(10);
  expect(total(files, "gzipped")).toBeLessThan(150_000);
});
