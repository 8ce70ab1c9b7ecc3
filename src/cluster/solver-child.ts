// The process of a pool that really solves: a model and a solver, opened once.
import { JigsawError } from "../core/errors.ts";
import { knownDecoders } from "../decode/decoders/node/user-decoder.ts";
import { parseDecoder } from "../decode/decoders/spec.ts";
import type { DecodeOptions, Decoder } from "../decode/define.ts";
import { loadModel } from "../load.ts";
import { openSolver } from "../solve/solver.ts";
import { type SolverSetup, serveTasks } from "./pool-child.ts";

/** The decoder of a setup; one in a user's file is imported only where that file is the one that the run began with. */
async function decoderOf({
  decoder: word,
  decoderSha256,
}: SolverSetup): Promise<{ decoder: Decoder; options: DecodeOptions }> {
  const own = decoderSha256 === undefined ? undefined : await knownDecoders(word);
  if (own && Object.values(own.sha256 ?? {})[0] !== decoderSha256) {
    const hint = "Put it back as it was, or begin another run.";
    throw new JigsawError("bad-option", `decoder ${word}: its file changed during the run`, hint);
  }
  const { decoder, given } = parseDecoder(word, own?.known);
  return { decoder, options: given };
}

serveTasks(async (setup) => {
  const { model, device, threads, weights, options } = setup;
  const decoder = await decoderOf(setup);
  const warn = (message: string) => process.stderr.write(`warning: ${message}\n`);
  const loaded = await loadModel(model, { device, threads, precision: weights, warn, worker: false });
  const solver = await openSolver(loaded, { ...options, decoder });
  return {
    device: loaded.engine.device,
    solve: (task) => solver.solve(task).result,
  };
});
