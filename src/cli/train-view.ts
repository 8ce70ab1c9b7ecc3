// The output of `jigsaw train`: the run's settings, then its progress.

import type { LoraConfig } from "../model/lora.ts";
import type { Weights } from "../model/weights.ts";
import type { Progress } from "../train/node/loop.ts";
import type { RunState } from "../train/node/start.ts";
import { patternFor, type TrainSettings } from "../train/settings.ts";
import { type ProgressLine, progressLine } from "./progress.ts";
import { duration, plural, progressBar, short, stylesFor } from "./terminal.ts";

export interface Introduction {
  readonly run: RunState;
  readonly folder: string;
  /** The data in words. */
  readonly contents: string;
  readonly passedOver: readonly string[];
  readonly device: string;
  /** Why it is this device. */
  readonly deviceReason: string;
}

const count = (value: number): string => value.toLocaleString("en-US");

function optimization(settings: TrainSettings): string {
  const { steps, batchSize, accumulate, optimizer, learningRate, muonLearningRate, schedule, warmup, ema } =
    settings;
  const batch = accumulate > 1 ? `${accumulate} x ${batchSize}` : `${batchSize}`;
  const rates =
    optimizer === "muon" ? `Muon ${muonLearningRate} and AdamW ${learningRate}` : `AdamW ${learningRate}`;
  const average = ema ? `, weights averaged with decay ${ema}` : "";
  return `${plural(steps, "step")} of ${batch} sequences; ${rates}, ${schedule} after ${Math.round(warmup * steps)} steps of warm-up${average}`;
}

const sizeOf = (weights: Weights): number =>
  Object.values(weights).reduce((sum, { data }) => sum + data.length, 0);

function adapter({ rank, targets, modulesToSave }: LoraConfig, weights: Weights): string {
  const whole = modulesToSave.length ? `; ${modulesToSave.join(" and ")} trained whole` : "";
  return `${count(sizeOf(weights))} weights are trained: LoRA of rank ${rank} on ${targets.join(", ")}${whole}`;
}

/** The lines that a run begins with. */
export function introduction({ run, folder, ...about }: Introduction): string[] {
  const { settings, config, weights, lora, base = weights, step } = run;
  const { layers, hiddenSize, heads, kvHeads, headDim, intermediateSize } = config;
  const rows: [string, string][] = [
    [
      "objective",
      `${settings.objective}, attention pattern ${patternFor(settings)}${settings.pattern ? "" : " (the objective's own)"}${settings.shift ? ", predictions at the token before" : ""}${settings.anneal ? `, opened from causal over ${Math.round(settings.anneal * settings.steps)} steps` : ""}`,
    ],
    [
      "model",
      `${count(sizeOf(base))} weights: ${plural(layers, "layer")} of width ${hiddenSize}, ${heads} query and ${kvHeads} key-value heads of ${headDim}, feed-forward ${intermediateSize}${settings.init ? `; from ${settings.init}` : ""}`,
    ],
    ...(lora ? [["adapter", adapter(lora, weights)] as [string, string]] : []),
    ["data", about.contents],
    ["training", optimization(settings)],
    ["device", `${about.device} (${about.deviceReason})`],
    ["folder", `${folder}, a checkpoint every ${plural(settings.saveSteps, "step")}`],
  ];
  if (about.passedOver.length) {
    const some = about.passedOver.slice(0, 3).join(", ") + (about.passedOver.length > 3 ? ", ..." : "");
    rows.push([
      "left out",
      `${plural(about.passedOver.length, "task")} longer than ${count(settings.maxTokens)} tokens: ${some}`,
    ]);
  }
  if (step > 0)
    rows.push(["resumed", `after ${plural(step, "step")} and ${duration(run.seconds)} of training`]);
  const { bold } = stylesFor(process.stdout);
  return rows.map(([name, text]) => `${bold(name.padEnd(10))}${text}`);
}

const figures = ({ loss, sequences_per_second, tokens_per_second, secondsLeft }: Progress): string =>
  `loss ${loss.toFixed(4)}, ${short(sequences_per_second)} sequences/s, ${short(tokens_per_second)} tokens/s, ${duration(secondsLeft)} left`;

export interface TrainView extends Pick<ProgressLine, "say" | "end"> {
  progress(progress: Progress): void;
}

/** Shows progress on standard output. */
export function trainView(stream = process.stdout): TrainView {
  const { moves, draw, say, end } = progressLine(stream);
  return {
    say,
    end,
    progress(progress) {
      const { step, steps, logged, saved } = progress;
      if (moves) draw(`${progressBar(step, steps)} ${step}/${steps}  ${figures(progress)}`);
      else if (logged || saved)
        say(`step ${step}/${steps}: ${figures(progress)}${saved ? ", checkpoint saved" : ""}`);
    },
  };
}
