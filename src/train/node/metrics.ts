// metrics.jsonl: a line every few steps, never one of a step that was not saved when the run goes on after it.
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../../files/atomic.ts";

/** A line of metrics.jsonl; rates and losses are means over the steps since the line before. */
export interface Metrics {
  readonly step: number;
  readonly loss: number;
  readonly grad_norm: number;
  readonly learning_rate: number;
  readonly sequences_per_second: number;
  /** Tokens of sequences, without padding. */
  readonly tokens_per_second: number;
  /** Tokens of sequences seen since the first step. */
  readonly tokens: number;
  /** Seconds of training, stops not counted. */
  readonly seconds: number;
}

export interface MetricsLog {
  /** All lines so far. */
  readonly history: readonly Metrics[];
  add(metrics: Metrics): Promise<void>;
}

/** A line that was written whole; a run that was killed can leave half a line. */
function parseLine(line: string): Metrics[] {
  try {
    return [JSON.parse(line) as Metrics];
  } catch {
    return [];
  }
}

/** Opens a run's log, without the lines after `step`: the run was killed after logging them and before saving. */
export async function openMetrics(folder: string, step: number): Promise<MetricsLog> {
  const path = join(folder, "metrics.jsonl");
  const text = await readFile(path, "utf8").catch(() => "");
  const history = text
    .split("\n")
    .flatMap(parseLine)
    .filter((line) => line.step <= step);
  const lines = history.map((line) => `${JSON.stringify(line)}\n`).join("");
  await writeFileAtomically(path, (file) => file.writeFile(lines));
  return {
    history,
    async add(metrics) {
      history.push(metrics);
      await appendFile(path, `${JSON.stringify(metrics)}\n`);
    },
  };
}
