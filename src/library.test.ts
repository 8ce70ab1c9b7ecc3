// The examples of the documentation, run as they stand.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jigsaw } from "./cli/spawn.test-helper.ts";
import { packageFolder } from "./load.ts";

const run = promisify(execFile);
/** The source of "jigsaw-lm" or of a sub-path such as "jigsaw-lm/decode". */
const sourceOf = (path: string | undefined): string =>
  new URL(path ? `./api/${path}.ts` : "./index.ts", import.meta.url).href;
const linked = (code: string): string =>
  code.replaceAll(/"jigsaw-lm(?:\/(\w+))?"/g, (_, path) => JSON.stringify(sourceOf(path)));

const PAGES = [
  "docs/library.md",
  "docs/custom-decoder.md",
  "docs/custom-objective.md",
  "docs/custom-puzzle.md",
  "README.md",
];

/** The files that pages show in whole: they begin with a comment that names them. */
async function filesOf(page: string): Promise<[name: string, code: string][]> {
  const text = await readFile(join(packageFolder, page), "utf8");
  return [...text.matchAll(/^```js\n(\/\/ (\S+)\n[\s\S]*?)^```$/gm)].map((match) => [match[2]!, match[1]!]);
}

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
  "Run your decoder from TypeScript": new RegExp(`^${escaped(`[ ${ANSWER} ]`)} \\d$`),
  "Draw its puzzles, and try a model on them":
    /^border-easy-7-0 \{ input: \[.*\], output: \[.*\] \} solved \d+ of 40 training-1-0 3$/,
  "Train with it": new RegExp(`^loss ${LOSS} to ${LOSS} solved \\d+ of 40, then \\d+$`),
  "How it is made": /^4 \[ 11, 16, 24, 26 \] (\d+ \[[ \d,]+\] ){8}13 \[[ \d,]+\] \[( \[[ \d,]+\],?){6} \]$/,
};

const examples = (await Promise.all(PAGES.map(examplesOf))).flat();
const files = (await Promise.all(PAGES.map(filesOf))).flat();

describe("the examples of the documentation", () => {
  let folder: string;
  beforeAll(async () => {
    // In the package, so that its dependencies are found.
    folder = await mkdtemp(join(packageFolder, "node_modules", ".library-"));
    for (const [name, code] of files) await writeFile(join(folder, name), linked(code));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("are there", () => {
    expect(examples.map(([heading]) => heading).toSorted()).toEqual(Object.keys(PRINTS).toSorted());
  });

  it.each(examples)("run: %s", { timeout: 300_000 }, async (heading, code) => {
    const file = join(folder, `${heading.replaceAll(/\W+/g, "-")}.mts`);
    await writeFile(file, linked(code));
    const { stdout } = await run(process.execPath, ["--import", "tsx", file], { cwd: packageFolder });
    expect(stdout.trim().replaceAll(/\s+/g, " ")).toMatch(PRINTS[heading]!);
  });

  it("run from the command: a decoder of one's own", async () => {
    const decoder = join(folder, "rows.js");
    const out = join(folder, "arena");
    const flags = ["--limit", "4", "--device", "cpu", "--out", out, "--json"];
    const { code, stdout } = await jigsaw([
      "arena",
      "--decoders",
      `steps,${decoder}:threshold=0.8`,
      ...flags,
    ]);
    expect(code).toBe(0);
    const [, rows] = JSON.parse(stdout).decoders;
    expect(rows).toMatchObject({ decoder: `${decoder}:threshold=0.8`, puzzles: 4 });
  });
});
