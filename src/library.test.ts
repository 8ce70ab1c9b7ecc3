// The examples of the documentation, run as they stand.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "./load.ts";

const run = promisify(execFile);
const library = new URL("./index.ts", import.meta.url).href;

/** The TypeScript of a page, by the heading that it stands under. */
async function examplesOf(page: string): Promise<[heading: string, code: string][]> {
  const text = await readFile(join(packageFolder, page), "utf8");
  let heading = page;
  const found: [string, string][] = [];
  for (const match of text.matchAll(/^#+ (.*)$|^```ts\n([\s\S]*?)^```$/gm)) {
    if (match[1]) heading = match[1];
    else found.push([heading, match[2]!]);
  }
  return found;
}

const examples = [...(await examplesOf("docs/library.md")), ...(await examplesOf("README.md"))];

describe("the examples of the documentation", () => {
  let folder: string;
  beforeAll(async () => {
    // In the package, so that its dependencies are found.
    folder = await mkdtemp(join(packageFolder, "node_modules", ".library-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("are there", () => {
    expect(examples.length).toBeGreaterThan(4);
  });

  it.each(examples)("run: %s", async (heading, code) => {
    const file = join(folder, `${heading.replaceAll(/\W+/g, "-")}.mts`);
    await writeFile(file, code.replaceAll('"jigsaw-lm"', JSON.stringify(library)));
    const { stdout } = await run(process.execPath, ["--import", "tsx", file], { cwd: packageFolder });
    expect(stdout.length).toBeGreaterThan(0);
  });
});
