// Next-token prediction on outputs: the typewriter's objective.
import { answerGrid, answerTokens, promptTokens, TOKEN } from "../sequence/tokens.ts";
import type { Objective } from "./objective.ts";

/** Grids up to the first output (1 is the first input, 2 its output): nothing tells what that one is to be. */
const FIRST_OUTPUT = 2;

/**
 * Every output but the first is learnt, the demonstrations' too: under causal attention each is the answer to those
 * before it. Labels stand at the token before the one they name.
 */
export const autoregressive: Objective = {
  name: "autoregressive",
  patterns: ["causal"],
  trains: () => ["autoregressive"],
  example(task) {
    const answer = answerTokens(task.test[0]!.output!, answerGrid(task.train.length));
    const tokens = [...promptTokens(task), ...answer];
    const labels = tokens.map((_, i) => {
      const next = tokens[i + 1];
      const learnt =
        next && next.place.grid > FIRST_OUTPUT && next.place.grid % 2 === 0 && next.id !== TOKEN.output;
      return learnt ? next.id : -1;
    });
    return {
      tokens,
      spans: [{ length: tokens.length }],
      labels,
      weights: labels.map((label) => (label < 0 ? 0 : 1)),
    };
  },
};
