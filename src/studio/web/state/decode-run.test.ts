import { describe, expect, it } from "vitest";
import type { DecodeEvent } from "../../shared/protocol.ts";
import { isLive, newRun, type Run, stopped, take } from "./decode-run.ts";
import { shot } from "./shots.test-helper.ts";

const acted = (...events: DecodeEvent[]): Run => events.reduce(take, newRun);
const frame = (pass: number): DecodeEvent => ({ type: "frame", ...shot(pass) });
const done: DecodeEvent = {
  type: "done",
  candidates: [{ grid: [[3]], logProbability: -1 }],
  ledger: shot(2).ledger,
};

describe("a run", () => {
  it("waits, loads, runs and is done", () => {
    expect(acted({ type: "queued", before: 2 })).toMatchObject({ status: "waiting", before: 2 });
    expect(acted({ type: "loading", what: "weights", loaded: 1, total: 4 })).toMatchObject({
      status: "loading",
    });
    const over = acted(frame(1), frame(2), done);
    expect(over).toMatchObject({ status: "done", candidates: [[[3]]] });
    expect(over.shots.map((one) => one.frame.pass)).toEqual([1, 2]);
    expect(isLive(over)).toBe(false);
  });

  it("keeps what came before it failed, and says why it did", () => {
    const failed = acted(frame(1), { type: "error", code: "unsupported", message: "no", hint: "do" });
    expect(failed).toMatchObject({ status: "failed", error: { message: "no", hint: "do" } });
    expect(failed.shots.length).toBe(1);
  });

  it("is stopped, not failed, where it was interrupted", () => {
    const interrupted = acted(frame(1), { type: "error", code: "interrupted", message: "stopped" });
    expect(interrupted).toEqual(stopped(acted(frame(1))));
  });

  it("takes nothing after its end", () => {
    const over = acted(frame(1), done);
    expect(take(over, frame(2))).toBe(over);
    expect(stopped(over)).toBe(over);
    const halted = stopped(acted(frame(1)));
    expect(take(halted, done)).toBe(halted);
  });
});
