import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { progressView } from "./progress-view.ts";

/** A stream that keeps what is written to it. */
const recorder = (isTTY: boolean) => ({
  text: "",
  isTTY,
  columns: 80,
  write(more: string) {
    this.text += more;
    return true;
  },
});

describe("progress", () => {
  it("moves on a terminal, and is a line now and then elsewhere", () => {
    let time = 0;
    const lines = recorder(false);
    const plain = progressView("decodings", 100, 10, lines, () => time);
    for (let done = 11; done <= 40; done++) {
      time++;
      plain.progress(done);
    }
    expect(lines.text.split("\n")[0]).toBe("20 of 100 decodings: 1 decodings/s, 1 min 20 s left");
    expect(lines.text.trimEnd().split("\n")).toHaveLength(3);
    const screen = recorder(true);
    const moving = progressView("decodings", 4, 0, screen, () => time++);
    moving.progress(2);
    moving.end();
    expect(stripVTControlCharacters(screen.text)).toMatch(/^\r█+░+ 2\/4 {2}2 decodings\/s, 1 s left\n$/);
  });

  it("makes way for a line that stays", () => {
    const screen = recorder(true);
    const view = progressView("tasks", 4, 0, screen, () => 0);
    view.say("before");
    view.progress(1);
    view.say("between");
    expect(stripVTControlCharacters(screen.text)).toMatch(/^before\n\r(█+░+ 1\/4 .*)\rbetween\n\1$/);
  });
});
