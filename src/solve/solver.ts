// Opens what solves tasks: a model, a decoder, and what trains the model on each task's own demonstrations.

import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import { streaming } from "../core/streaming.ts";
import { decoders } from "../decode/decoders/index.ts";
import { parseDecoder } from "../decode/decoders/spec.ts";
import { checkObjective } from "../decode/define.ts";
import type { Engine } from "../engine/engine.ts";
import type { Model } from "../model/model.ts";
import type { Weights } from "../model/weights.ts";
import { type SolverOptions, solverSchema } from "./options.ts";
import { type DecoderWithOptions, type Solver, type Solving, solveTask } from "./solve.ts";
import { learningFor, openTestTimeTrainer } from "./test-time-training.ts";

/** A model with what it takes to train it further. */
export interface TrainableModel {
  readonly engine: Engine;
  readonly model: Model;
  /** All weights, in memory; asked for only where they are trained. */
  weights(): Promise<Weights>;
  /** A model of the same kind with other weights. */
  open(weights: Weights): Model;
}

/** A solver that stays open from task to task. */
export interface OpenSolver extends Solver {
  solve(task: Task, signal?: AbortSignal): Solving;
  /** Frees what trains; the model stays open. */
  close(): Promise<void>;
}

/** How tasks are solved, with a decoder as on the command line ("steps:steps=5") or one of one's own. */
export type SolveSettings = Partial<SolverOptions> & { readonly decoder?: string | DecoderWithOptions };

const decodingOf = (decoder: string | DecoderWithOptions): DecoderWithOptions =>
  typeof decoder === "string" ? readWord(decoder) : decoder;

function readWord(word: string): DecoderWithOptions {
  const { decoder, given, model } = parseDecoder(word);
  if (model === undefined) return { decoder, options: given };
  throw new JigsawError(
    "bad-option",
    `decoder "${word}" names a model`,
    "Open that model, and leave out the @.",
  );
}

/**
 * @throws JigsawError "unsupported" for a decoder that the model was not trained for, "bad-option" for settings that do not fit
 */
export async function openSolver(
  { engine, model, weights, open }: TrainableModel,
  { decoder = defaultDecoder(model), ...given }: SolveSettings = {},
): Promise<OpenSolver> {
  const decoding = decodingOf(decoder);
  checkObjective(decoding.decoder, model);
  const settings = checkOptions(solverSchema, given);
  const { objective, needs = [] } = decoding.decoder;
  const { config } = model;
  const { tttSteps, timePerTask, tttSeconds = timePerTask && timePerTask / 2 } = settings;
  const trainer =
    tttSteps > 0
      ? openTestTimeTrainer(engine, config, await weights(), learningFor(objective, needs, config), {
          ...settings,
          tttSeconds,
        })
      : undefined;
  const solver: Solver = { ...decoding, model, settings, ...(trainer && { training: { trainer, open } }) };
  return {
    ...solver,
    solve: (task, signal) => solveTask(solver, task, signal),
    close: async () => trainer?.close(),
  };
}

/** The simplest decoder that a model was trained for. */
const defaultDecoder = ({ config }: Model): string =>
  config.jigsaw.objectives.includes("masked-diffusion") ? decoders.adaptive.name : decoders.greedy.name;

/**
 * Solves a task: training on its demonstrations where asked for, decoding in views, two attempts for each test input.
 * @example const { tests } = await solve(await loadModel("jigsaw-joint"), task, { views: 8, choose: "product" }).result;
 */
export function solve(
  trainable: TrainableModel,
  task: Task,
  settings: SolveSettings = {},
  signal?: AbortSignal,
): Solving {
  return streaming(async function* (stop) {
    const solver = await openSolver(trainable, settings);
    try {
      const solving = solver.solve(task, stop);
      yield* solving;
      return await solving.result;
    } finally {
      await solver.close();
    }
  }, signal);
}
