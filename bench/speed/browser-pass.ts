// Time of a pass in the browser (WebAssembly, one thread and several) and in Node on this machine:
//   npx tsx bench/speed/browser-pass.ts [ROUNDS]
// The same decodings everywhere, in turns; medians of passes after the prompt, and of prompts.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decoders } from "../../src/decode/decoders/index.ts";
import { promptOf } from "../../src/decode/puzzle-prompt.ts";
import { type Ledger, newLedger } from "../../src/engine/ledger.ts";
import { openNodeEngine } from "../../src/engine/node/sessions.ts";
import { loadModel, modelFolder, packageFolder } from "../../src/load.ts";
import { families, generatePuzzle } from "../../src/puzzles/index.ts";
import { buildBarePage, launch } from "../../src/studio/e2e/browser.test-helper.ts";
import { ISOLATED, serveFiles } from "../../src/studio/e2e/static-server.test-helper.ts";
import { exportSite } from "../../src/studio/export-site.ts";
import type { Backend, DecodeRequest } from "../../src/studio/shared/protocol.ts";
import type { StudioTask } from "../../src/studio/shared/tasks.ts";
import { median } from "../statistics.ts";

const rounds = Number(process.argv[2] ?? 5);
const MODEL = "jigsaw-adapted";
const STEPS = 10;
/** An answer of 36 cells and one of 98. */
const tasks = [
  generatePuzzle(families.checkerboard, "easy", 2026, 0),
  generatePuzzle(families.kaleidoscope, "medium", 7, 0),
] as const;

/** The ledger after each pass of a decoding. */
type Decode = (task: (typeof tasks)[number]) => Promise<readonly Ledger[]>;

/** Milliseconds of the prompt, and of each pass after it. */
interface Times {
  readonly prompts: number[];
  readonly passes: number[];
}

async function inNode(threads: number): Promise<{ decode: Decode; close(): Promise<void> }> {
  const engine = await openNodeEngine({ threads });
  const { model } = await loadModel(MODEL, { engine });
  return {
    async decode(task) {
      const ledger = newLedger();
      const prompt = promptOf(model, task, 0, "rules");
      const ledgers: Ledger[] = [];
      const decoding = decoders.steps.decode(model, prompt, { steps: STEPS }, { ledger });
      for await (const _ of decoding) ledgers.push({ ...ledger });
      return ledgers;
    },
    async close() {
      await model.close();
      await engine.close();
    },
  };
}

async function inBrowser(
  site: string,
  isolated: boolean,
): Promise<{ decode: Decode; close(): Promise<void> }> {
  const server = await serveFiles(site, "/", isolated ? ISOLATED : {});
  const browser = await launch();
  const tab = await browser.newPage();
  await tab.goto(`${server.url}?compute=wasm`);
  return {
    async decode(task) {
      const request: DecodeRequest = {
        task: task as StudioTask,
        decoder: `steps:steps=${STEPS}`,
        model: MODEL,
      };
      return await tab.evaluate(async (asked) => {
        const backend = await (globalThis as unknown as { backend: Promise<Backend> }).backend;
        const ledgers = [];
        for await (const event of backend.decode(asked)) {
          if (event.type === "error") throw new Error(event.message);
          if (event.type === "frame") ledgers.push(event.ledger);
        }
        return ledgers;
      }, request);
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

function record({ prompts, passes }: Times, ledgers: readonly Ledger[]): void {
  prompts.push(ledgers[0]!.promptMs);
  for (const [i, { decodeMs }] of ledgers.entries()) passes.push(decodeMs - (ledgers[i - 1]?.decodeMs ?? 0));
}

const root = await mkdtemp(join(tmpdir(), "jigsaw-browser-pass-"));
const site = join(root, "site");
await exportSite({
  out: site,
  page: await buildBarePage(root),
  models: new Map([[MODEL, modelFolder(MODEL)]]),
  folders: [join(packageFolder, "examples")],
  versions: {},
});

const places = {
  "Node, 1 thread": await inNode(1),
  "Node, 2 threads": await inNode(2),
  "browser, 1 thread": await inBrowser(site, false),
  "browser, threads": await inBrowser(site, true),
};
const times = new Map<string, Times>();
for (const { decode } of Object.values(places)) for (const task of tasks) await decode(task);
for (let round = 0; round < rounds; round++) {
  for (const [name, { decode }] of Object.entries(places)) {
    for (const [i, task] of tasks.entries()) {
      const key = `${name}|${i}`;
      if (!times.has(key)) times.set(key, { prompts: [], passes: [] });
      record(times.get(key)!, await decode(task));
    }
  }
}
for (const { close } of Object.values(places)) await close();
await rm(root, { recursive: true });

for (const [i, task] of tasks.entries()) {
  const cells = task.test[0]!.output!.flat().length;
  console.log(`${task.id}: ${cells} cells; milliseconds, medians of ${rounds} decodings`);
  for (const name of Object.keys(places)) {
    const { prompts, passes } = times.get(`${name}|${i}`)!;
    console.log(
      `  ${name.padEnd(18)} prompt ${median(prompts).toFixed(1)}, pass ${median(passes).toFixed(2)}`,
    );
  }
}
