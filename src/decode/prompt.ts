// What a decoder is asked: a prompt's tokens, and the format of the answer that follows them.
import type { Grid } from "../arc/grid.ts";
import type { Size } from "../arc/size-rules.ts";
import type { Span } from "../sequence/attention-patterns.ts";
import type { Token } from "../sequence/tokens.ts";
import type { Canvas, Layout } from "./canvas.ts";
import type { Choice, IdRange } from "./distribution.ts";
import type { Template } from "./frames.ts";
import type { Ties } from "./ties.ts";

/** A question for the token that follows the prompt and some tokens. */
export interface NextToken {
  readonly tokens: readonly Token[];
  /** What stands at that token's place while it is not known: models that predict masked tokens in place read it there. */
  readonly mask: Token;
}

/** What formats ask a model that has read the prompt; a `PromptSession` answers. */
export interface Reader {
  /** Logits of the tokens that follow, [vocabSize] for each question, all in one pass. */
  next(questions: readonly NextToken[]): Promise<Float32Array[]>;
  /** What `work` gave under this key, for this prompt, whoever asked first; a failure is not kept. */
  once<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/** What is known of a puzzle, for decoders and orders that are about grids by nature. */
export interface GridFacts {
  /** The number of the grid that is asked for. */
  readonly number: number;
  /** The grid that is asked about. */
  readonly input: Grid;
  /** The size of the answer, where it is known. */
  readonly size: Size | undefined;
  /** The most frequent colour (the lowest of equals) of the test input and of the demonstrations' outputs. */
  readonly background: number;
}

/** How an answer is laid out as slots. A grid is one format; a line of text is another. */
export interface AnswerFormat<Answer = unknown> {
  /** @throws JigsawError "bad-option" for a shape that no answer has */
  layoutOf(shape: readonly number[]): Layout<Answer>;
  /** Decides the layout, asking the model where nothing else tells (a grid: its size). */
  layOut(
    reader: Reader,
    template: Template | undefined,
  ): Promise<{
    readonly layout: Layout<Answer>;
    /** What the layout rests on; a choice that was known has the probability 1. */
    readonly decided: readonly Choice[];
  }>;
  readonly script: Script<Answer>;
  /** What decoders and orders that are about grids by nature need; undefined for other formats. */
  readonly grid?: GridFacts;
}

/**
 * An answer as a typewriter that searches over layouts writes it: slots one after another, each following from the ids
 * before it (a grid: height, width, then its cells).
 */
export interface Script<Answer = unknown> {
  /** Ids that are known from the start. */
  readonly known: readonly number[];
  /** What the slot after these ids may hold; undefined where the answer is complete. */
  slotAfter(ids: readonly number[]): IdRange | undefined;
  /** The tokens that the last id puts down: its own, and those that are known to follow it. */
  tokensOf(ids: readonly number[]): Token[];
  /** The canvas as far as it is written; undefined while its layout is open. */
  canvasOf(choices: readonly Choice[], ties: Ties): Canvas<Answer> | undefined;
  /** The ids that write an answer. */
  idsOf(answer: Answer): number[];
}

/** What a model is asked: the tokens of a prompt, and the format of its answer (see `promptOf`). */
export interface Prompt<Answer = unknown> {
  readonly tokens: readonly Token[];
  /** How the prompt's tokens hang together, for attention patterns that cut it up. */
  readonly span: Span;
  readonly format: AnswerFormat<Answer>;
  /** What is filled already (see `infill`). */
  readonly template?: Template | undefined;
}
