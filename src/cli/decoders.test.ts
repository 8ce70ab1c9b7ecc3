import { describe, expect, it } from "vitest";
import { decoders } from "../decode/decoders/index.ts";
import type { Decoder } from "../decode/define.ts";
import { runHere } from "./here.test-helper.ts";

const all = Object.values<Decoder>(decoders);

describe("jigsaw decoders", () => {
  it("tells of each decoder whether it infills", async () => {
    const { out } = await runHere("decoders");
    for (const { name, about, family, infills } of all)
      expect(out).toContain(`${name}  ${about} (${family}${infills ? ", infills" : ""})`);
    const { out: json } = await runHere("decoders", "--json");
    const listed = JSON.parse(json) as { name: string; infills: boolean }[];
    expect(listed.map(({ name, infills }) => [name, infills])).toEqual(
      all.map(({ name, infills = false }) => [name, infills]),
    );
  });
});
