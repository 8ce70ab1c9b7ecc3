// Runs the tests (those of the files that are named, else all) and ends with "N passed, N failed". A file whose process
// died, as a native library's fault may have it, is run once more by itself, and said so; a failing test never is.
import { relative } from "node:path";
import { startVitest } from "vitest/node";

const isDeath = (error) => String(error?.message).startsWith("[vitest-pool");

/** Tests by their outcome, and the files that their process did not live to finish. */
async function run(files) {
  const { state } = await startVitest("test", files, { watch: false });
  const count = { passed: 0, failed: 0, skipped: 0, died: [] };
  for (const module of state.getTestModules()) {
    const tally = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const test of module.children.allTests()) tally[test.result().state]++;
    if (["queued", "pending"].includes(module.state()) && tally.failed === 0) {
      count.died.push(module.moduleId);
      continue;
    }
    count.passed += tally.passed;
    count.skipped += tally.skipped;
    // A file can fail without a test that does: it cannot be read, or one of its hooks fails.
    count.failed += module.state() === "failed" ? Math.max(1, tally.failed) : tally.failed;
  }
  const errors = state.getUnhandledErrors();
  const deaths = errors.filter(isDeath).length;
  // What nobody caught is a failure, and so is a death that no file is known for.
  count.failed += errors.length - deaths + Math.max(0, deaths - count.died.length);
  if (count.passed + count.failed + count.skipped + count.died.length === 0) count.failed++;
  return count;
}

const count = await run(process.argv.slice(2));
if (count.died.length > 0) {
  for (const file of count.died) console.log(`Its process died; run again: ${relative(".", file)}`);
  const again = await run(count.died);
  for (const file of again.died) console.log(`Its process died again: ${relative(".", file)}`);
  for (const state of ["passed", "failed", "skipped"]) count[state] += again[state];
  count.failed += again.died.length;
}
if (count.skipped) console.log(`skipped: ${count.skipped}`);
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed > 0 ? 1 : 0;
