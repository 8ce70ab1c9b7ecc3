import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { fetchView, progressView } from "./progress.ts";
import { bytes } from "./terminal.ts";

it.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.00 kB"],
  [15_240, "15.2 kB"],
  [999_600, "1.00 MB"],
  [1_503_300_328, "1.50 GB"],
])("%i bytes are %s", (count, text) => expect(bytes(count)).toBe(text));

/** A view on a stream that remembers, with a clock that stands at `now.time`. */
function place(isTTY: boolean, columns = 100) {
  const written: string[] = [];
  const now = { time: 100 };
  const write = (text: string | Uint8Array) => written.push(String(text)) > 0;
  const view = fetchView({ isTTY, columns, write }, () => now.time);
  return { view, now, written };
}

describe("fetchView on a terminal", () => {
  it("draws a bar, the share, the rate of late and the time left", () => {
    const { view, now, written } = place(true);
    for (let i = 0; i <= 20; i++) {
      now.time = 100 + i;
      // Slow for ten seconds, then fast: the rate is that of the last five.
      const done = i <= 10 ? i * 1e6 : 10e6 + (i - 10) * 4e6;
      view.progress({ label: "model.safetensors", done, total: 100e6 });
    }
    expect(stripVTControlCharacters(written.at(-1)!).trim()).toBe(
      "████████████░░░░░░░░░░░░  50%  50.0 MB of 100 MB, 4.00 MB/s, 13 s left  model.safetensors",
    );
  });

  it("draws ten times a second, and the end", () => {
    const { view, now, written } = place(true);
    for (let i = 0; i <= 1000; i++) {
      now.time = 100 + i / 1000;
      view.progress({ label: "x", done: i, total: 1000 });
    }
    expect(written.length).toBeGreaterThanOrEqual(10);
    expect(written.length).toBeLessThanOrEqual(12);
    expect(written.at(-1)).toContain("100%");
  });

  it("never writes past the last column, and clears its line before others", () => {
    const { view, written } = place(true, 40);
    view.progress({ label: "a-name-that-does-not-fit-into-the-line", done: 1, total: 3 });
    expect(stripVTControlCharacters(written[0]!).trim().length).toBeLessThanOrEqual(37);
    view.say("done");
    expect(written[1]!.startsWith("\r\u001b[Kdone\n")).toBe(true);
  });
});

describe("fetchView elsewhere", () => {
  it("writes a line every ten seconds", () => {
    const { view, now, written } = place(false);
    for (let i = 0; i <= 250; i++) {
      now.time = 100 + i / 10;
      view.progress({ label: "model.safetensors", done: i * 1e6, total: 300e6 });
    }
    expect(written).toEqual([
      "model.safetensors: 100 MB of 300 MB, 10.0 MB/s, 20 s left\n",
      "model.safetensors: 200 MB of 300 MB, 10.0 MB/s, 10 s left\n",
    ]);
  });
});

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

describe("progressView", () => {
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
