#!/usr/bin/env node
// jigsaw solve puzzle.json
import { EXIT } from "./harness.ts";
import { runCli } from "./run.ts";

let lost: Error | undefined;
/** A reader of our output may stop reading, as `head` does, and that is no error. Other losses are one, in the end. */
const lose = (error: NodeJS.ErrnoException | null | undefined) => {
  if (error && error.code !== "EPIPE") lost ??= error;
};
for (const stream of [process.stdout, process.stderr]) stream.on("error", lose);

const code = await runCli(process.argv.slice(2));
// Not at once: a pipe may still hold output that was printed before.
process.stdout.write("", (error) => {
  lose(error);
  if (lost) process.stderr.write(`error: the output could not be written: ${lost.message}\n`);
  process.exit(code === EXIT.done && lost ? EXIT.failed : code);
});
