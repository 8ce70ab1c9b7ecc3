// A task from its demonstrations to two attempts for each test input: training on it, decoding in views, choosing.
import { invertGrid } from "../arc/augment.ts";
import type { Size } from "../arc/size-rules.ts";
import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import { type Candidate, checkObjective, type DecodeOptions, type Decoder } from "../decode/decoder.ts";
import type { Frame } from "../decode/frames.ts";
import { newLedger } from "../engine/ledger.ts";
import type { Model } from "../model/model.ts";
import type { Weights } from "../model/weights.ts";
import { type SolverOptions, solverSchema } from "./options.ts";
import { FILLER, type Given, merge, promising, rank, twoAttempts } from "./rank.ts";
import { scoreCandidates } from "./score.ts";
import { hintFor, sizesToTry } from "./sizes.ts";
import type { TaskSolution, TestSolution } from "./solution.ts";
import { type Tutor, type TutorProgress, untaught } from "./tutor.ts";
import { sizeInView, type View, viewsOf } from "./views.ts";

/** A decoder, and what it was told. */
export interface Decoding {
  readonly decoder: Decoder;
  /** Those that were given; the decoder's schema fills in the others. */
  readonly options?: DecodeOptions;
}

/** A frame, and which view of the puzzle it is about: 0 is the puzzle as it is. */
export interface ViewFrame extends Frame {
  readonly view: number;
}

/** What decodes and scores; `weights` and what trains them are needed only for training on a task. */
export interface Solver extends Decoding {
  readonly model: Model;
  readonly settings: SolverOptions;
  readonly teaching?: {
    readonly tutor: Tutor;
    /** A model of other weights. */
    readonly open: (weights: Weights) => Model;
  };
}

/** What happens on the way to a solution. */
export type SolveEvent =
  | ({ readonly type: "training" } & TutorProgress)
  | { readonly type: "frame"; readonly test: number; readonly frame: ViewFrame }
  | { readonly type: "solved"; readonly test: number; readonly solution: TestSolution };

/** Decodes one view at one size, and takes the candidates back to the puzzle as it is. */
async function* inView(
  { number, augmentation }: View,
  frames: AsyncGenerator<Frame, Candidate[]>,
): AsyncGenerator<ViewFrame, Given[]> {
  try {
    let next = await frames.next();
    for (; !next.done; next = await frames.next()) yield { ...next.value, view: number };
    return next.value.map((candidate, place) => ({
      ...candidate,
      grid: invertGrid(augmentation, candidate.grid),
      runnerUp: invertGrid(augmentation, candidate.runnerUp),
      view: number,
      place,
    }));
  } finally {
    // Whoever asks for no more frames ends the decoder too.
    await frames.return([]);
  }
}

/** How candidates of a model are scored: exactly where it reads causally and its decoder does, or it can do both. */
function likelihoodFor({ family }: Decoder, { config }: Model): "exact" | "bound" {
  const trained = config.jigsaw.objectives;
  return family === "typewriter" || trained.includes("autoregressive") ? "exact" : "bound";
}

const deadlineOf = (started: number, seconds: number | undefined) => () =>
  seconds === undefined || performance.now() - started < seconds * 1000;

/**
 * Answers one test input: decodes it in views, merges what they give, and chooses two. Where one grid alone was given,
 * the second attempt is that grid with its least certain choice changed to the runner-up.
 * @param mayGoOn whether there is time for another view
 * @throws JigsawError "too-long" where the prompt is too long
 */
export async function* solveTest(
  model: Model,
  { decoder, options = {} }: Decoding,
  task: Task,
  test: number,
  given: Partial<SolverOptions> = {},
  signal?: AbortSignal,
  mayGoOn?: () => boolean,
): AsyncGenerator<ViewFrame, TestSolution> {
  checkObjective(decoder, model);
  const settings = checkOptions(solverSchema, given);
  const { views: decoded, choose, masks, seed, size: source, timePerTask } = settings;
  const inTime = mayGoOn ?? deadlineOf(performance.now(), timePerTask);
  const scored = choose === "product" ? (settings.scoringViews ?? decoded) : 0;
  const ledger = { decoding: newLedger(), scoring: newLedger() };
  const pattern = model.config.jigsaw.pattern;
  const views = viewsOf(task, test, pattern, Math.max(decoded, scored), seed);
  const hint = hintFor(task, test, source);
  const sizes: readonly (Size | undefined)[] = (await sizesToTry(model, views[0]!.prompt, hint, {
    source,
    family: decoder.family,
    ledger: ledger.decoding,
    signal,
  })) ?? [undefined];

  const found: Given[] = [];
  for (const view of views.slice(0, decoded)) {
    if (found.length > 0 && !inTime()) break;
    for (const size of sizes) {
      const prompt = { ...view.prompt, ...(size && { size: sizeInView(view, size) }) };
      found.push(
        ...(yield* inView(
          view,
          decoder.decode(model, prompt, { seed, ...options }, ledger.decoding, signal),
        )),
      );
    }
  }
  const merged = merge(found);
  const scores = await scoreCandidates(
    model,
    views.slice(0, scored),
    promising(merged, settings.shortlist),
    { likelihood: likelihoodFor(decoder, model), masks, hint, seed, mayGoOn: inTime },
    ledger.scoring,
    signal,
  );
  const candidates = rank(merged, choose, scores);
  return { attempts: twoAttempts(candidates, merged), candidates, ledger };
}

const refusal = (message: string): TestSolution => ({
  attempts: [FILLER, FILLER],
  candidates: [],
  refused: message,
  ledger: { decoding: newLedger(), scoring: newLedger() },
});

/** The model to answer a task with, and what became of it on the way; it is closed after use where it is not the solver's. */
async function* taught(
  { model, settings, teaching }: Solver,
  task: Task,
  signal?: AbortSignal,
): AsyncGenerator<SolveEvent, { model: Model; training: TaskSolution["training"] }> {
  if (settings.tttSteps === 0) return { model, training: untaught };
  if (!teaching) throw new JigsawError("bad-option", "this solver was opened without what trains its model");
  const lessons = teaching.tutor.teach(task, signal);
  let next = await lessons.next();
  for (; !next.done; next = await lessons.next()) yield { type: "training", ...next.value };
  const { weights, cost } = next.value;
  return { model: cost.steps > 0 ? teaching.open(weights) : model, training: cost };
}

/**
 * Solves a task: training on its demonstrations (where asked for), then every test input. A test input that is too long
 * is refused in its solution. The solver's own model stays as it is.
 */
export async function* solveTask(
  solver: Solver,
  task: Task,
  signal?: AbortSignal,
): AsyncGenerator<SolveEvent, TaskSolution> {
  const { settings } = solver;
  const started = performance.now();
  const inTime = deadlineOf(started, settings.timePerTask);
  const { model, training } = yield* taught(solver, task, signal);
  try {
    const tests: TestSolution[] = [];
    for (const test of task.test.keys()) {
      let solution: TestSolution;
      try {
        solution = yield* answer(test);
      } catch (error) {
        if (!(error instanceof JigsawError) || error.code !== "too-long") throw error;
        solution = refusal(error.message);
      }
      tests.push(solution);
      yield { type: "solved", test, solution };
    }
    return { task: task.id, tests, training, milliseconds: performance.now() - started };
  } finally {
    if (model !== solver.model) await model.close();
  }

  async function* answer(test: number): AsyncGenerator<SolveEvent, TestSolution> {
    const solving = solveTest(model, solver, task, test, settings, signal, inTime);
    try {
      let next = await solving.next();
      for (; !next.done; next = await solving.next()) yield { type: "frame", test, frame: next.value };
      return next.value;
    } finally {
      await solving.return(refusal("stopped"));
    }
  }
}
