// A server of data sets, of tasks made up here, and a folder for what is fetched.
import { join } from "node:path";
import { temporaryFolder } from "../../datasets/temporary.test-helper.ts";
import { marksOf } from "../content.ts";
import { knownTasks } from "../known-tasks.ts";
import { type PullDataOptions, pullData } from "../pull-data.ts";
import { closeAtEnd, listen, newFaults, type Seen, sendFile } from "./server.ts";

/** RE-ARC's rules: the training tasks of ARC-AGI-1. */
export const rules = knownTasks
  .filter(({ of }) => of.includes("arc-agi-1/training"))
  .flatMap((group) => [...marksOf(group).keys()]);
const pair = (i: number) => ({ input: [[i % 10, Math.floor(i / 10)]], output: [[i % 7]] });
export const list = JSON.stringify([0, 1, 2, 3, 4].map(pair));
export const task = JSON.stringify({ train: [pair(1), pair(2)], test: [pair(3)] });

/** The files of RE-ARC's archive, or others in their stead. */
export const rearc = (changes: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries([
    ["re_arc/metadata.json", "{}"],
    ...rules.map((id) => [`re_arc/tasks/${id}.json`, list]),
    ...Object.entries(changes),
  ]);

/** A server of archives by the end of their path, and a folder for data. */
export async function place(archives: Readonly<Record<string, Buffer>>) {
  const faults = newFaults();
  const seen: Seen[] = [];
  const { url, server } = await listen((request, response) => {
    seen.push({ url: request.url!, headers: request.headers });
    const name = Object.keys(archives).find((end) => request.url!.endsWith(end));
    if (name) void sendFile(request, response, archives[name]!, faults);
    else response.writeHead(404).end();
  });
  closeAtEnd(server);
  const folder = await temporaryFolder({});
  const pull = (name: string, options: PullDataOptions = {}) =>
    pullData(name, join(folder, name), {
      env: { JIGSAW_DATA_ENDPOINT: url },
      retries: 0,
      pause: 1,
      ...options,
    });
  return { url, faults, seen, folder, pull, archives: archives as Record<string, Buffer> };
}
