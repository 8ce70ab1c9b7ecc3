// jigsaw train --out runs/mine --steps 2000
import { readdir } from "node:fs/promises";
import { Command } from "commander";
import { openEngine } from "../engine/open.ts";
import { JigsawError } from "../errors.ts";
import { trainedFamilies } from "../puzzles/index.ts";
import { readCheckpoint } from "../qwen3/checkpoint.ts";
import { initialWeights } from "../qwen3/initialise.ts";
import { loadRun, type RunState } from "../train/checkpoints.ts";
import { train } from "../train/loop.ts";
import { newConfig, patternFor, type TrainSettings, trainSettings } from "../train/settings.ts";
import { puzzleStream } from "../train/stream.ts";
import { addOptions, readOptions } from "./options.ts";

void [readdir, readCheckpoint, patternFor, JigsawError];
export const trainCommand = (): Command =>
  addOptions(new Command("train"), trainSettings)
    .requiredOption("--out <folder>")
    .option("--resume")
    .action(async (raw) => {
      const settings: TrainSettings = readOptions(trainSettings, raw);
      const engine = await openEngine({ threads: settings.threads });
      const resumed = raw.resume ? await loadRun(raw.out) : undefined;
      const config = newConfig(settings);
      const start: RunState = resumed ?? {
        settings,
        config,
        weights: initialWeights(config, settings.seed),
        state: {},
        step: 0,
        tokens: 0,
        seconds: 0,
      };
      const s = start.settings;
      const stream = puzzleStream(trainedFamilies, s.levels, s.demonstrations as 2 | 3 | 4, s.seed);
      await train(engine, start, {
        folder: raw.out,
        stream,
        onProgress: (p) => {
          if (p.step % 10 === 0)
            console.log(
              `step ${p.step}/${p.steps} loss ${p.loss.toFixed(4)} norm ${p.grad_norm.toFixed(2)} ${p.sequences_per_second.toFixed(1)} seq/s ${p.tokens_per_second.toFixed(0)} tok/s left ${p.secondsLeft.toFixed(0)} s`,
            );
        },
      });
    });
