// jigsaw-lm/decode: decoders, what they are made of, and traces.

// Decoders, and what they return

export type { Candidate } from "../decode/canvas.ts";
export { type DecoderName, decoders } from "../decode/decoders/index.ts";
export { type DecoderSpec, parseDecoder, parseDecoders } from "../decode/decoders/spec.ts";
export type { DecodeOptions, Decoder, DecodeTerms, Decoding } from "../decode/define.ts";
export { type Ledger, newLedger } from "../engine/ledger.ts";

// Prompts

export { infill } from "../decode/infill.ts";
export type { Prompt } from "../decode/prompt.ts";
export { promptOf, type SizeSource, withSize } from "../decode/puzzle-prompt.ts";

// A decoder of one's own

export { type CanvasRun, cacheOption, type DecoderRun, defineDecoder } from "../decode/define.ts";
export { type Capability, capabilities } from "../objectives/objective.ts";

// Sessions: a prompt on a model, encoded once

export type { Answer, Appended, Branches, Chain } from "../decode/branches.ts";
export type { Node } from "../decode/nodes.ts";
export {
  CACHES,
  type Cache,
  openSession,
  type PromptSession,
  type SessionOptions,
} from "../decode/session.ts";
export { openTyping, type Typing } from "../decode/typing.ts";

// Canvases

export {
  account,
  type Canvas,
  candidateOf,
  commit,
  fork,
  type Layout,
  openCanvas,
  openSlots,
  retract,
  type Slot,
} from "../decode/canvas.ts";
export { changes, type Frame, OPEN, type Template } from "../decode/frames.ts";
export { isTie, newTies, TIE_MARGIN, type Ties } from "../decode/ties.ts";

// Rounds over a canvas

export { lookAhead, type Predict } from "../decode/look-ahead.ts";
export { ORDERS, type Order, type OrderFacts, type OrderName, orders, scoreBy } from "../decode/orders.ts";
export {
  answerOf,
  commitTop,
  distributionsOf,
  eligibleIn,
  type Prediction,
  predict,
  rankBy,
  shareOf,
  takeTop,
} from "../decode/rounds.ts";

// Distributions, and choices from them

export { type Random, random } from "../core/random.ts";
export {
  argmax,
  argmaxAmong,
  type Choice,
  choiceOf,
  type Distribution,
  distributionOf,
  entropy,
  forced,
  type IdRange,
  probabilityOf,
} from "../decode/distribution.ts";

// Several answers left to right

export {
  candidateFrom,
  type Extension,
  type Hypotheses,
  type Hypothesis,
  hypothesisFrames,
  isComplete,
  likeliestFirst,
  openHypotheses,
} from "../decode/hypotheses.ts";

// Formats of answers

export { gridFormat, gridLayout } from "../decode/grid-format.ts";
export type { AnswerFormat, GridFacts, NextToken, Reader, Script } from "../decode/prompt.ts";
export { type AnswerAttention, patternOf, type Span } from "../sequence/attention-patterns.ts";
export { type GridPosition, TOKEN, type Token, VOCABULARY } from "../sequence/tokens.ts";

// Looking at a decoding

export { inspect } from "../decode/inspect.ts";
export { countRetractions, type Retractions } from "../decode/retractions.ts";
export {
  readTraces,
  type Trace,
  type TraceHeader,
  type TraceResult,
  traceHeader,
  writeTrace,
} from "../decode/trace.ts";
