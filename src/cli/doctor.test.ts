import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../datasets/temporary.test-helper.ts";
import { jigsaw } from "./spawn.test-helper.ts";
import { tryDevice } from "./try-device.ts";

/** A probe that runs the given code. */
const probe = async (code: string): Promise<URL> =>
  pathToFileURL(`${await temporaryFolder({ "probe.mjs": code })}/probe.mjs`);

describe("trying a device", () => {
  it("survives a provider that crashes, and keeps what was found before", async () => {
    const crashing = await probe(
      `process.send({ works: true, gflops: 7 }, () => process.kill(process.pid, "SIGSEGV")); setTimeout(() => {}, 1e6);`,
    );
    expect(await tryDevice("webgpu", 30, crashing)).toEqual({
      device: "webgpu",
      works: true,
      gflops: 7,
      problem: "its provider crashed (SIGSEGV)",
    });
  });

  it("gives up on one that hangs", async () => {
    const report = await tryDevice("cuda", 0.5, await probe("setTimeout(() => {}, 1e6);"));
    expect(report).toMatchObject({ device: "cuda", problem: "took more than 0.5 s" });
    expect(report.works).toBeUndefined();
    expect(report.advice).toBeTruthy();
  });

  it("does not mind a crash when all is done", async () => {
    const step = { sequences: 1, tokens: 2, milliseconds: 3 };
    const code = `process.send(${JSON.stringify({ works: true, step })}, () => process.abort());`;
    expect(await tryDevice("webgpu", 30, await probe(code))).toEqual({ device: "webgpu", works: true, step });
  });

  it("tells why one cannot be used", async () => {
    const code = `process.send({ problem: "no adapter" }); process.disconnect();`;
    expect(await tryDevice("webgpu", 30, await probe(code))).toMatchObject({ problem: "no adapter" });
  });
});

it("jigsaw doctor measures the CPU, and says of every other device that it works or why not", async () => {
  const { code, stdout, stderr } = await jigsaw(["doctor", "--json"]);
  expect([code, stderr]).toEqual([0, ""]);
  const { versions, machine, promptCacheMib, devices } = JSON.parse(stdout);
  expect(promptCacheMib).toBe(1024);
  expect(versions.node).toBe(process.versions.node);
  expect(machine.cores).toBeGreaterThan(0);
  const [cpu, ...others] = devices;
  expect(cpu).toMatchObject({ device: "cpu", works: true });
  for (const speed of [cpu.gflops, cpu.forward.milliseconds, cpu.step.milliseconds])
    expect(speed).toBeGreaterThan(0);
  expect(others.map(({ device }: { device: string }) => device)).toEqual(["webgpu", "cuda"]);
  for (const { works, problem, advice } of others) expect(works || (problem && advice)).toBeTruthy();
});
