import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { zipOf } from "../hub/testing/archives.ts";
import { place, rearc } from "../hub/testing/data-server.ts";
import { runHere } from "./here.test-helper.ts";

/** A server of RE-ARC, and a folder for it. */
async function data() {
  const { url, folder } = await place({ "/re_arc.zip": zipOf(rearc()) });
  vi.stubEnv("JIGSAW_DATA_ENDPOINT", `${url}/`);
  onTestFinished(() => void vi.unstubAllEnvs());
  return join(folder, "re-arc");
}

describe("jigsaw data pull", () => {
  it("says what came, how far it is verified, and what to do with it", async () => {
    const out = await data();
    const first = await runHere("data", "pull", "re-arc", "--out", out);
    expect(first.code).toBe(0);
    const [counts, origin, next] = first.out.split("\n");
    expect(counts).toBe("re-arc: 400 tasks in tasks");
    expect(origin).toMatch(
      /^[\d,]+ bytes \([\d.]+ kB\), commit e5b7f1d; no checksum is known, so trusted as it came; checksums in jigsaw-data\.lock$/,
    );
    expect(next).toBe(`Now try: jigsaw train --data ${join(out, "tasks")}`);
    const again = await runHere("data", "pull", "re-arc", "--out", out);
    expect(again.out).toMatch(/^re-arc: 400 tasks in tasks \(there already, as fetched\)\nNow try: /);
  });

  it("refuses what it does not know, in one message", async () => {
    expect(await runHere("data", "pull", "arc")).toEqual({
      code: 2,
      out: "",
      err: 'error: unknown data set "arc"\nKnown: arc-agi-1, arc-agi-2, re-arc.\n',
    });
  });
});
