// The examples of the documentation, run as they stand.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "./load.ts";

const run = promisify(execFile);
/** The source of "jigsaw-lm" or of a sub-path such as "jigsaw-lm/decode". */
const sourceOf = (path: string | undefined): string =>
  new URL(path ? `./api/${path}.ts` : "./index.ts", import.meta.url).href;

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

const LOSS = String.raw`\d\.\d+`;
/** The example puzzle's answer, as it is printed. */
const ANSWER = [
  "[ 0, 9, 0, 9, 0, 9 ]",
  "[ 9, 0, 9, 0, 9, 3 ]",
  "[ 0, 9, 0, 3, 3, 9 ]",
  "[ 5, 0, 9, 0, 9, 0 ]",
  "[ 0, 9, 0, 9, 0, 9 ]",
  "[ 9, 0, 9, 0, 3, 0 ]",
].join(", ");
const escaped = (text: string): string => text.replaceAll(/[[\]{}.*+?^$|()]/g, String.raw`\$&`);

/** What each example prints, lines joined by a space; losses and times are left open. */
const PRINTS: Readonly<Record<string, RegExp>> = {
  "Solve a task": new RegExp(
    `^${escaped(`[ [ ${ANSWER} ], [ `)}.*decoding: { prompts: 4, passes: 12, .*scoring: { prompts: 0, passes: 4, .*`,
  ),
  "Train on the task's own demonstrations first": new RegExp(`^((loss ${LOSS} ){4}4 \\d+ ?){2}$`),
  "Watch the frames, and stop": /^2 5 0 3 5 0( 4 5 0)? interrupted$/,
  "A decoder by itself": new RegExp(`^pass 2 cells 35 pass 3 cells 1 ${escaped(`[ ${ANSWER} ]`)} 1 3$`),
  "Train a model, with an objective of your own": new RegExp(
    `^${[1, 2, 3, 4, 5].map((step) => `${step} ${LOSS}`).join(" ")} ${escaped("[ 'masked-diffusion' ]")}$`,
  ),
  "How it is made": /^4 \[ 11, 16, 24, 26 \] (\d+ \[[ \d,]+\] ){8}13 \[[ \d,]+\] \[( \[[ \d,]+\],?){6} \]$/,
};

const examples = [...(await examplesOf("docs/library.md")), ...(await examplesOf("README.md"))];

describe("the examples of the documentation", () => {
  let folder: string;
  beforeAll(async () => {
    // In the package, so that its dependencies are found.
    folder = await mkdtemp(join(packageFolder, "node_modules", ".library-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("are there", () => {
    expect(examples.map(([heading]) => heading).toSorted()).toEqual(Object.keys(PRINTS).toSorted());
  });

  it.each(examples)("run: %s", async (heading, code) => {
    const file = join(folder, `${heading.replaceAll(/\W+/g, "-")}.mts`);
    const linked = code.replaceAll(/"jigsaw-lm(?:\/(\w+))?"/g, (_, path) => JSON.stringify(sourceOf(path)));
    await writeFile(file, linked);
    const { stdout } = await run(process.execPath, ["--import", "tsx", file], { cwd: packageFolder });
    expect(stdout.trim().replaceAll(/\s+/g, " ")).toMatch(PRINTS[heading]!);
  });
});
