// A task from its demonstrations to two attempts for each test input: training on it, decoding in views, choosing.
import { invertGrid } from "../arc/augment.ts";
import type { Task } from "../arc/task.ts";
import { JigsawError } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import { type Streaming, streaming } from "../core/streaming.ts";
import { checkObjective, type DecodeOptions, type Decoder } from "../decode/define.ts";
import type { Frame } from "../decode/frames.ts";
import { openPromptCache, type PromptCache } from "../decode/prompt-cache.ts";
import { withSize } from "../decode/puzzle-prompt.ts";
import { openSession } from "../decode/session.ts";
import { newLedger } from "../engine/ledger.ts";
import type { Model } from "../model/model.ts";
import type { Weights } from "../model/weights.ts";
import { type SolverOptions, solverSchema } from "./options.ts";
import { FILLER, merge, rank, shortlist, twoAttempts, type ViewCandidate } from "./rank.ts";
import { scoreCandidates } from "./score.ts";
import { hintFor, sizesToTry } from "./sizes.ts";
import type { TaskSolution, TestSolution, TrainingCost } from "./solution.ts";
import { noTraining, type TestTimeTrainer, type TrainingProgress } from "./test-time-training.ts";
import { sizeInView, type View, viewsOf } from "./views.ts";

/** A decoder, and its options; what is left out takes the default of the decoder's schema. */
export interface DecoderWithOptions {
  readonly decoder: Decoder;
  readonly options?: DecodeOptions;
}

/** A frame, and which view of the puzzle it is about: 0 is the puzzle as it is. */
export interface ViewFrame extends Frame {
  readonly view: number;
}

/** What decodes and scores; `training` is needed only for training on a task. */
export interface Solver extends DecoderWithOptions {
  readonly model: Model;
  readonly settings: SolverOptions;
  readonly training?: {
    readonly trainer: TestTimeTrainer;
    /** A model of other weights. */
    readonly open: (weights: Weights) => Model;
  };
}

/** What happens on the way to a solution. */
export type SolveEvent =
  | ({ readonly type: "training" } & TrainingProgress)
  | { readonly type: "trained"; readonly training: TrainingCost }
  | { readonly type: "frame"; readonly test: number; readonly frame: ViewFrame }
  | { readonly type: "solved"; readonly test: number; readonly solution: TestSolution };

/** A task being solved: iterated for its events, awaited for its solution. It starts by itself. */
export type Solving = Streaming<SolveEvent, TaskSolution>;

/** How candidates of a model are scored: exactly where it reads causally and its decoder does, or it can do both. */
function likelihoodFor({ family }: Decoder, { config }: Model): "exact" | "bound" {
  const trained = config.jigsaw.objectives;
  return family === "typewriter" || trained.includes("autoregressive") ? "exact" : "bound";
}

const deadlineOf = (started: number, seconds: number | undefined) => () =>
  seconds === undefined || performance.now() - started < seconds * 1000;

/** What one test input is answered by. */
interface Answering extends DecoderWithOptions {
  readonly model: Model;
  readonly settings: SolverOptions;
  /** Where the prompts of the views are kept: each is encoded once for sizes, decoding and scores. */
  readonly prompts: PromptCache;
  /** Whether there is time for another view. */
  readonly mayGoOn: () => boolean;
  readonly signal: AbortSignal;
}

/** Takes the candidates of a view back to the puzzle as it is. */
const toPuzzle =
  ({ number, augmentation }: View) =>
  (candidate: Omit<ViewCandidate, "view" | "rank">, rank: number): ViewCandidate => ({
    ...candidate,
    answer: invertGrid(augmentation, candidate.answer),
    runnerUp: invertGrid(augmentation, candidate.runnerUp),
    view: number,
    rank,
  });

/** Decodes a test input in views, merges what they give, and chooses two. */
async function* answerTest(
  { model, decoder, options, settings, prompts, mayGoOn, signal }: Answering,
  task: Task,
  test: number,
): AsyncGenerator<ViewFrame, TestSolution, void> {
  const { views: decoded, choose, masks, seed, size: source } = settings;
  const scored = choose === "product" ? (settings.scoringViews ?? decoded) : 0;
  const ledger = { decoding: newLedger(), scoring: newLedger() };
  const views = viewsOf(model, task, test, Math.max(decoded, scored), seed).map((view) => ({
    ...view,
    session: openSession(model, view.prompt, { prompts, signal }),
  }));
  const hint = hintFor(task, test, source);
  const sizes = (await sizesToTry(views[0]!.session.share({ ledger: ledger.decoding }), hint, source)) ?? [
    undefined,
  ];

  const found: ViewCandidate[] = [];
  for (const view of views.slice(0, decoded)) {
    if (found.length > 0 && !mayGoOn()) break;
    for (const size of sizes) {
      const prompt = withSize(view.prompt, size && sizeInView(view, size));
      const decoding = decoder.decode(
        view.session,
        prompt,
        { seed, ...options },
        { ledger: ledger.decoding, signal },
      );
      for await (const frame of decoding) yield { ...frame, view: view.number };
      found.push(...(await decoding.candidates).map(toPuzzle(view)));
    }
  }
  const merged = merge(found);
  const scores = await scoreCandidates(
    views
      .slice(0, scored)
      .map((view) => ({ ...view, session: view.session.share({ ledger: ledger.scoring }) })),
    shortlist(merged, settings.shortlist),
    { likelihood: likelihoodFor(decoder, model), masks, hint, seed, mayGoOn },
    ledger.scoring,
  );
  const candidates = rank(merged, choose, scores);
  return { attempts: twoAttempts(candidates, merged), candidates, ledger };
}

/**
 * Answers one test input. Where one grid alone was given, the second attempt is that grid with its least certain choice
 * changed to the runner-up. Rejects with a JigsawError "too-long" where the prompt is too long.
 */
export function solveTest(
  model: Model,
  { decoder, options = {} }: DecoderWithOptions,
  task: Task,
  test: number,
  given: Partial<SolverOptions> = {},
  signal?: AbortSignal,
): Streaming<ViewFrame, TestSolution> {
  return streaming(async function* (stop) {
    checkObjective(decoder, model);
    const settings = checkOptions(solverSchema, given);
    await using prompts = openPromptCache(model, settings.promptCacheMib * 2 ** 20);
    const mayGoOn = deadlineOf(performance.now(), settings.timePerTask);
    return yield* answerTest(
      { model, decoder, options, settings, prompts, mayGoOn, signal: stop },
      task,
      test,
    );
  }, signal);
}

const refusal = (message: string): TestSolution => ({
  attempts: [FILLER, FILLER],
  candidates: [],
  refused: message,
  ledger: { decoding: newLedger(), scoring: newLedger() },
});

/** The model to answer a task with, and what became of it on the way; it is closed after use where it is not the solver's. */
async function* adapted(
  { model, settings, training }: Solver,
  task: Task,
  signal: AbortSignal,
): AsyncGenerator<SolveEvent, { model: Model; training: TrainingCost }, void> {
  if (settings.tttSteps === 0) return { model, training: noTraining };
  if (!training) throw new JigsawError("bad-option", "this solver was opened without what trains its model");
  const adapting = training.trainer.adapt(task, signal);
  for await (const progress of adapting) yield { type: "training", ...progress };
  const { weights, cost } = await adapting.result;
  return { model: cost.steps > 0 ? training.open(weights) : model, training: cost };
}

/**
 * Solves a task: training on its demonstrations (where asked for), then every test input. A test input that is too long
 * is refused in its solution. The solver's own model stays as it is.
 */
export function solveTask(solver: Solver, task: Task, signal?: AbortSignal): Solving {
  return streaming((stop) => solving(solver, task, stop), signal);
}

async function* solving(
  solver: Solver,
  task: Task,
  signal: AbortSignal,
): AsyncGenerator<SolveEvent, TaskSolution, void> {
  const { settings } = solver;
  const started = performance.now();
  const mayGoOn = deadlineOf(started, settings.timePerTask);
  const { model, training } = yield* adapted(solver, task, signal);
  yield { type: "trained", training };
  const prompts = openPromptCache(model, settings.promptCacheMib * 2 ** 20);
  try {
    const tests: TestSolution[] = [];
    for (const test of task.test.keys()) {
      let solution: TestSolution;
      try {
        const answering = answerTest({ ...solver, model, prompts, mayGoOn, signal }, task, test);
        let next = await answering.next();
        for (; !next.done; next = await answering.next()) yield { type: "frame", test, frame: next.value };
        solution = next.value;
      } catch (error) {
        if (!(error instanceof JigsawError) || error.code !== "too-long") throw error;
        solution = refusal(error.message);
      }
      tests.push(solution);
      yield { type: "solved", test, solution };
    }
    return { task: task.id, tests, training, milliseconds: performance.now() - started };
  } finally {
    await prompts[Symbol.asyncDispose]();
    if (model !== solver.model) await model.close();
  }
}
