// The child's side of pool.ts: opens a solver once, then answers one task after another.
import * as z from "zod";
import type { Task } from "../arc/task.ts";
import { type Failure, failureOf } from "../core/errors.ts";
import { DEVICES } from "../engine/engine.ts";
import { PRECISIONS } from "../model/quantize.ts";
import { solverSchema } from "../solve/options.ts";
import type { TaskSolution } from "../solve/solution.ts";

/** All that decides how tasks are solved, as data. */
export const setupSchema = z.object({
  /** A model's folder or name. */
  model: z.string(),
  /** As on the command line: "steps:steps=10". */
  decoder: z.string(),
  device: z.enum(["auto", ...DEVICES]),
  threads: z.int().positive(),
  weights: z.enum(PRECISIONS),
  options: solverSchema,
});
export type SolverSetup = z.infer<typeof setupSchema>;

export type ToChild = { readonly setup: SolverSetup } | { readonly task: Task };
export type FromChild =
  | { readonly device: string }
  | { readonly solution: TaskSolution }
  | { readonly failure: Failure };

export interface OpenedSolver {
  /** Where it computes. */
  readonly device: string;
  solve(task: Task): Promise<TaskSolution>;
}

/** Serves the parent until it goes away. */
export function serveTasks(open: (setup: SolverSetup) => Promise<OpenedSolver>): void {
  const send = (message: FromChild) => process.send!(message);
  let solver: OpenedSolver | undefined;
  // The parent sends the next message when it has the answer to the last one.
  process.on("message", async (message: ToChild) => {
    try {
      if ("setup" in message) {
        solver = await open(message.setup);
        send({ device: solver.device });
      } else send({ solution: await solver!.solve(message.task) });
    } catch (error) {
      send({ failure: failureOf(error) });
    }
  });
  // Without a parent there is nobody to answer; and Ctrl-C is the parent's to act on.
  process.on("disconnect", () => process.exit());
  process.on("SIGINT", () => {});
}
