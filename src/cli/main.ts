#!/usr/bin/env node
// jigsaw solve puzzle.json
import { EXIT } from "./exit.ts";
import { runCli } from "./run.ts";

// Whoever reads our output may stop reading, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(EXIT.done);
});

const code = await runCli(process.argv.slice(2));
// Not at once: what has been printed has to get through a pipe first.
process.stdout.write("", () => process.exit(code));
