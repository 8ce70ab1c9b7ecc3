// The child's side of pool.ts: opens a solver once, then answers one task after another.
import * as z from "zod";
import type { Task } from "../arc/task.ts";
import { type Port, serve } from "../core/rpc.ts";
import { DEVICES } from "../engine/engine.ts";
import { PRECISIONS } from "../model/quantize.ts";
import { solverSchema } from "../solve/options.ts";
import type { TaskSolution } from "../solve/solution.ts";

/** All that decides how tasks are solved, as data, wherever they are. */
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

export interface SolverSetup extends z.infer<typeof setupSchema> {
  /** Where the decoder is a user's, by its path on this machine: the SHA-256 of that file. No queue carries it. */
  readonly decoderSha256?: string | undefined;
}

export interface OpenedSolver {
  /** Where it computes. */
  readonly device: string;
  solve(task: Task): Promise<TaskSolution>;
}

/** Serves the parent until it goes away. */
export function serveTasks(open: (setup: SolverSetup) => Promise<OpenedSolver>): void {
  let solver: OpenedSolver | undefined;
  const port: Port = {
    post: (message) => process.send!(message),
    onMessage: (listener) => process.on("message", listener),
  };
  serve(port, {
    async open(setup: SolverSetup) {
      solver = await open(setup);
      return solver.device;
    },
    solve: (task: Task) => solver!.solve(task),
  });
  // Without a parent there is nobody to answer; and Ctrl-C is the parent's to act on.
  process.on("disconnect", () => process.exit());
  process.on("SIGINT", () => {});
}
