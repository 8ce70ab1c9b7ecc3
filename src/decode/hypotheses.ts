// The beginnings of answers that a typewriter extends: what sampling, beam search and depth-first search share.
import type { Token } from "../sequence/tokens.ts";
import type { Branches } from "./branches.ts";
import { type Candidate, type Canvas, candidateOf } from "./canvas.ts";
import { type Choice, choiceOf, type Distribution, distributionOf, forced } from "./distribution.ts";
import { changes, type Frame, OPEN } from "./frames.ts";
import type { Node } from "./nodes.ts";
import type { Script } from "./prompt.ts";
import type { PromptSession } from "./session.ts";
import { newTies } from "./ties.ts";

/** The beginning of an answer, or the whole of one. */
export interface Hypothesis {
  /** In the order of the script's slots, as far as they are written. */
  readonly choices: readonly Choice[];
  /** Natural logarithm; ids that were known from the start count nothing. */
  readonly logProbability: number;
  /** What may come next; undefined where the answer is complete. */
  readonly next: Distribution | undefined;
  /** The last token that was read. */
  readonly node: Node | undefined;
}

/** A hypothesis that is to go on with these ids. */
export interface Extension {
  readonly hypothesis: Hypothesis;
  readonly ids: readonly number[];
}

/** Hypotheses of one session, whose keys and values stay in its branches. */
export interface Hypotheses {
  /** Before anything is written but what is known. */
  readonly start: Hypothesis;
  /** Extends hypotheses, all in one pass; for each extension every hypothesis on the way, the longest last. */
  extend(extensions: readonly Extension[]): Promise<Hypothesis[][]>;
  /** Drops the keys and values of every hypothesis that is none of these and not on the way to one. */
  keep(hypotheses: readonly Hypothesis[]): Promise<void>;
}

/** Adds the ids of a chain one by one, and notes after which of its tokens a prediction is wanted. */
function chainOf(script: Script, before: readonly number[], ids: readonly number[]) {
  const tokens: Token[] = [];
  const predict: number[] = [];
  const written = [...before];
  for (const id of ids) {
    written.push(id);
    // What follows the last id of a complete answer is not asked for.
    if (!script.slotAfter(written)) break;
    tokens.push(...script.tokensOf(written));
    predict.push(tokens.length - 1);
  }
  return { tokens, predict };
}

const idsOf = ({ choices }: Pick<Hypothesis, "choices">): number[] => choices.map(({ id }) => id);

/** Opens a session's answers for writing; `branches` keep what is written. */
export async function openHypotheses(session: PromptSession, branches: Branches): Promise<Hypotheses> {
  const { script } = session.prompt.format;
  const { vocabSize } = session.model.config;
  const nextOf = (ids: readonly number[], logits: Float32Array, row: number): Distribution =>
    distributionOf(logits, script.slotAfter(ids)!, row * vocabSize);

  const open = async (): Promise<Hypothesis> => {
    const choices = script.known.map(forced);
    const { tokens } = chainOf(script, [], script.known);
    if (tokens.length === 0) {
      const [logits] = await session.predict([{ tokens: [], predict: [0] }], "causal");
      return { choices, logProbability: 0, next: nextOf(script.known, logits!, 0), node: undefined };
    }
    const [grown] = await branches.append([{ after: undefined, tokens, predict: [tokens.length - 1] }]);
    const { nodes, logits } = grown!;
    return { choices, logProbability: 0, next: nextOf(script.known, logits, 0), node: nodes.at(-1) };
  };

  const extend = async (extensions: readonly Extension[]): Promise<Hypothesis[][]> => {
    const plans = extensions.map(({ hypothesis, ids }) => ({
      hypothesis,
      ids,
      chain: { after: hypothesis.node, ...chainOf(script, idsOf(hypothesis), ids) },
    }));
    const growing = plans.filter(({ chain }) => chain.tokens.length > 0);
    const grown = growing.length > 0 ? await branches.append(growing.map(({ chain }) => chain)) : [];
    return plans.map((plan) => {
      const own = grown[growing.indexOf(plan)];
      let last = plan.hypothesis;
      return plan.ids.map((id, i) => {
        const choice = choiceOf(last.next!, id);
        const choices = [...last.choices, choice];
        const ids = choices.map((one) => one.id);
        const row = plan.chain.predict[i];
        last = {
          choices,
          logProbability: last.logProbability + Math.log(choice.probability),
          next: row === undefined ? undefined : nextOf(ids, own!.logits, i),
          node: row === undefined ? last.node : own!.nodes[row],
        };
        return last;
      });
    });
  };

  return {
    start: await open(),
    extend,
    keep: (hypotheses) => branches.keep(hypotheses.flatMap(({ node }) => (node ? [node] : []))),
  };
}

/** Whether a hypothesis is a whole answer. */
export const isComplete = ({ next }: Hypothesis): boolean => next === undefined;

/** The canvas of a hypothesis, to be looked at: its ties were counted when its choices were made. */
const canvasOf = (script: Script, { choices }: Hypothesis): Canvas | undefined =>
  script.canvasOf(choices, newTies());

/** A complete hypothesis as a candidate. */
export const candidateFrom = (script: Script, hypothesis: Hypothesis): Candidate => ({
  ...candidateOf(canvasOf(script, hypothesis)!),
  logProbability: hypothesis.logProbability,
});

/** By probability; of equals the earlier one comes first. */
export const likeliestFirst = <T extends { readonly logProbability: number }>(found: readonly T[]): T[] =>
  found.toSorted((a, b) => b.logProbability - a.logProbability);

/** Frames of hypotheses that are looked at one after another; none while the layout is open. */
export function hypothesisFrames(
  script: Script,
  show: (canvas: Canvas, committed: readonly number[], retracted: readonly number[]) => Frame,
): (hypothesis: Hypothesis) => Frame[] {
  let before: Canvas | undefined;
  return (hypothesis) => {
    const canvas = canvasOf(script, hypothesis);
    if (!canvas) return [];
    const sameShape = before?.layout.shape.join() === canvas.layout.shape.join();
    const shown = before && sameShape ? before.ids : canvas.ids.map(() => OPEN);
    const { committed, retracted } = changes(shown, canvas.ids);
    before = canvas;
    return [show(canvas, committed, retracted)];
  };
}
