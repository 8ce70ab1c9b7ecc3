// The process of a pool that really solves: a model and a solver, opened once.
import { loadModel } from "../load.ts";
import { openSolver } from "../solve/solver.ts";
import { serveTasks } from "./pool-child.ts";

serveTasks(async ({ model, decoder, device, threads, weights, options }) => {
  const warn = (message: string) => process.stderr.write(`warning: ${message}\n`);
  const loaded = await loadModel(model, { device, threads, precision: weights, warn, worker: false });
  const solver = await openSolver(loaded, { ...options, decoder });
  return {
    device: loaded.engine.device,
    solve: (task) => solver.solve(task).result,
  };
});
