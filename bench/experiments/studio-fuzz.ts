// A minute of nonsense, 200 requests at a time, to a studio in a process of its own: npx tsx bench/experiments/studio-fuzz.ts [SECONDS] [PARALLEL]
// Tells what was answered, how long a sane request takes meanwhile, and how much memory the studio takes.
import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { startJigsaw } from "../../src/cli/spawn.test-helper.ts";
import { fuzz } from "../../src/studio/server/fuzz.test-helper.ts";

const [seconds = 60, parallel = 200] = process.argv.slice(2).map(Number);

const { child, ended, prints } = startJigsaw(["studio", "--port", "0"]);
let printed = "";
child.stdout!.on("data", (text: string) => {
  printed += text;
});
await prints("Ctrl-C");
const port = Number(/127\.0\.0\.1:(\d+)/.exec(printed)?.[1]);

/** Megabytes of memory that the studio takes. */
const memory = (): number =>
  Math.round(
    Number(execFileSync("ps", ["-o", "rss=", "-p", String(child.pid)], { encoding: "utf8" })) / 1024,
  );

const waits: number[] = [];
const peaks: number[] = [memory()];
let over = false;
const watch = async () => {
  while (!over) {
    const began = performance.now();
    await fetch(`http://127.0.0.1:${port}/api/about`).then((r) => r.text());
    waits.push(performance.now() - began);
    peaks.push(memory());
    await sleep(250);
  }
};
const watching = watch();
const { requests, statuses, surprises } = await fuzz({ port, seconds, parallel, seed: 1 });
over = true;
await watching;
await sleep(5000);

const sorted = waits.toSorted((a, b) => a - b);
const ms = (share: number) => `${Math.round(sorted[Math.floor((sorted.length - 1) * share)]!)} ms`;
console.log(
  `${requests} requests in ${seconds} s, ${parallel} at a time: ${Math.round(requests / seconds)} a second`,
);
console.log("answers by status", statuses);
console.log(`a sane request meanwhile: median ${ms(0.5)}, 95 % ${ms(0.95)}, longest ${ms(1)}`);
console.log(`memory: ${peaks[0]} MB before, ${Math.max(...peaks)} MB at most, ${memory()} MB 5 s after`);
console.log(`surprises: ${surprises.length}`);
for (const surprise of surprises.slice(0, 5)) console.log(surprise);
child.kill("SIGINT");
const { code, stderr } = await ended;
console.log(`ended with ${code}${stderr && `, having printed\n${stderr.slice(0, 2000)}`}`);
