#!/usr/bin/env node
// jigsaw solve puzzle.json
import { EXIT } from "./harness.ts";
import { runCli } from "./run.ts";

// A reader of our output may stop reading, as `head` does, and that is no error. What else is lost is one, in the end.
let lost: NodeJS.ErrnoException | undefined;
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") lost ??= error;
  });
}

const code = await runCli(process.argv.slice(2));
if (lost) process.stderr.write(`error: the output could not be written: ${lost.message}\n`);
// Not at once: what has been printed has to get through a pipe first.
process.stdout.write("", () => process.exit(code === EXIT.done && lost ? EXIT.failed : code));
