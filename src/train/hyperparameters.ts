// What decides the steps of a training run, whatever is trained.
import * as z from "zod";
import { SCHEDULES } from "./schedule.ts";

const count = z.int().positive();
const share = z.number().min(0).max(1);

export const hyperparameters = z.object({
  steps: count.default(2000).describe("optimiser steps"),
  batchSize: count.default(16).describe("sequences that are computed at once"),
  accumulate: count.default(1).describe("batches whose gradients are added up for one step"),
  optimizer: z
    .enum(["muon", "adamw"])
    .default("muon")
    .describe("for the layers' matrices; all else takes AdamW"),
  learningRate: z.number().positive().default(3e-3).describe("AdamW's peak learning rate"),
  muonLearningRate: z.number().positive().default(0.02).describe("Muon's peak learning rate"),
  schedule: z
    .enum(SCHEDULES)
    .default("cosine")
    .describe("how learning rates fall after the warm-up; stable: only over the last 40 %"),
  warmup: share.default(0.02).describe("share of the steps in which learning rates rise"),
  weightDecay: z.number().min(0).default(0.01).describe("decoupled weight decay of matrices"),
  maxGradNorm: z.number().min(0).default(1).describe("gradients are clipped to this global norm; 0: never"),
  ema: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe("decay of a moving average of the weights, the model that comes out; 0: none"),
  seed: z.int().default(1).describe("seed of weights, data and masks"),
});
export type Hyperparameters = z.infer<typeof hyperparameters>;
