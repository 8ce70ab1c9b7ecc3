// How masked diffusion asks for one output: which of its cells are masked or wrong, and the decisions about its size.
import * as z from "zod";
import { COLOURS, type Grid } from "../arc/grid.ts";
import type { Random } from "../core/random.ts";
import { type PatternName, patterns } from "../sequence/attention-patterns.ts";
import { blockEnds } from "../sequence/layout.ts";
import { gridTokens, sizeSlot, TOKEN, type Token } from "../sequence/tokens.ts";

const share = z.number().min(0).max(1);
const count = z.int().positive();

/** Masked diffusion's options, but for the attention pattern. */
export const maskingOptions = z.object({
  weighting: z
    .enum(["uniform", "elbo"])
    .default("uniform")
    .describe("weight of a cell when k of N are masked: 1, or N/k (the bound on the likelihood)"),
  fullMask: share.default(0.5).describe("share of copies that are masked whole"),
  sizeWeight: z.number().positive().default(2).describe("weight of a size next to a cell"),
  wrongCells: share
    .default(0)
    .describe("share of copies with wrong visible cells, all cells to be predicted"),
  selfConditioning: share
    .default(0)
    .describe("share of batches learnt given the model's own first guess of masked cells"),
  copies: count.default(1).describe("differently masked copies of each answer"),
  shift: z
    .boolean()
    .default(false)
    .describe("predict each token at the token before it, as a typewriter does"),
  blocks: share
    .default(0)
    .describe('share of copies masked block by block; under the pattern "blocks" all are'),
  blockSize: count.optional().describe("tokens in a block (default: a row)"),
});
export type MaskingOptions = z.infer<typeof maskingOptions> & { readonly pattern: PatternName };

/** The share of copies that are masked block by block. */
export const blockShare = ({ pattern, blocks }: Pick<MaskingOptions, "pattern" | "blocks">): number =>
  pattern === "blocks" ? 1 : blocks;

/** Tokens that hang on the prompt: labels (-1 for none) and weights side by side. */
interface Answer {
  readonly tokens: readonly Token[];
  readonly labels: readonly number[];
  readonly weights: readonly number[];
  readonly ends?: readonly number[];
  /** How many tokens of the answer before this one, a clean copy, are seen too. */
  readonly clean?: number;
}

/** The tokens of an answer, the given share of its cells (at least one) masked and to be predicted. */
function mask(
  clean: readonly Token[],
  noise: number,
  random: Random,
  { weighting }: Pick<MaskingOptions, "weighting">,
): Answer {
  const cells = [...clean.keys()].filter((i) => clean[i]!.id < TOKEN.rowEnd);
  const masked = Math.min(cells.length, 1 + Math.floor(noise * cells.length));
  const chosen = new Set(random.sample(cells, masked));
  const weight = weighting === "elbo" ? cells.length / masked : 1;
  return {
    tokens: clean.map((token, i) => (chosen.has(i) ? { ...token, id: TOKEN.mask } : token)),
    labels: clean.map(({ id }, i) => (chosen.has(i) ? id : -1)),
    weights: clean.map((_, i) => (chosen.has(i) ? weight : 0)),
  };
}

/** The largest share of an answer's visible cells that are made wrong. */
const MOST_WRONG = 0.4;

/**
 * An answer with wrong visible cells. Every cell is to be predicted, for a visible one may be an error (the token-to-token
 * half of LLaDA2.1's training, Bie et al. 2026). Half of the answers have no masks at all.
 */
function corrupt(clean: readonly Token[], noise: number, random: Random): Answer {
  const share = MOST_WRONG * random.float();
  const masked = random.chance(0.5) ? mask(clean, noise, random, { weighting: "uniform" }).tokens : clean;
  const isCell = clean.map(({ id }) => id < TOKEN.rowEnd);
  const seen = clean.filter((_, i) => isCell[i]);
  // Half of the errors are a colour of the same answer, as a model's own mistakes mostly are.
  const wrong = (id: number) => {
    const likely = random.pick(seen).id;
    return likely !== id && random.chance(0.5) ? likely : (id + 1 + random.int(0, COLOURS - 2)) % COLOURS;
  };
  return {
    tokens: masked.map((token, i) =>
      isCell[i] && token.id !== TOKEN.mask && random.chance(share)
        ? { ...token, id: wrong(token.id) }
        : token,
    ),
    labels: clean.map(({ id }, i) => (isCell[i] ? id : -1)),
    weights: isCell.map(Number),
  };
}

/** Spreads noise levels: a share `fullMask` of them to 1, the others evenly over [0, 1). */
const maskedShare = (noise: number, fullMask: number): number =>
  noise < fullMask ? 1 : (noise - fullMask) / (1 - fullMask);

const unlearnt = (tokens: readonly Token[]): Answer => ({
  tokens,
  labels: tokens.map(() => -1),
  weights: tokens.map(() => 0),
});

/**
 * Block diffusion's two copies (BD3-LM, Arriola et al. 2025): a clean one, causal over its blocks, and each block that
 * has cells masked by itself, which sees the clean blocks before it.
 */
function blockAnswers(
  clean: readonly Token[],
  noiseOf: (block: number) => number,
  random: Random,
  options: MaskingOptions,
): Answer[] {
  const ends = blockEnds(clean, options.blockSize ?? null, options.shift);
  const starts = [...new Set([0, ...ends.slice(0, -1)])];
  const noisy = starts.slice(1).flatMap((start, block) => {
    const tokens = clean.slice(start, ends[start]);
    if (!tokens.some(({ id }) => id < TOKEN.rowEnd)) return [];
    const answer = mask(tokens, noiseOf(block), random, options);
    return [{ ...answer, ends: tokens.map(() => tokens.length), clean: start }];
  });
  return [{ ...unlearnt(clean), ends }, ...noisy];
}

/** The two decisions before the canvas exists: height, and width given height. */
function sizeAnswers(output: Grid, grid: number, { sizeWeight }: MaskingOptions): Answer[] {
  const [rows, columns] = gridTokens(output, grid) as [Token, Token];
  return [
    { tokens: [sizeSlot("height", grid)], labels: [rows.id], weights: [sizeWeight] },
    { tokens: [rows, sizeSlot("width", grid)], labels: [-1, columns.id], weights: [0, sizeWeight] },
  ];
}

/** What is asked of one output: its size, then its cells, once for each of `noises`. */
export function maskedAnswers(
  output: Grid,
  grid: number,
  noises: readonly number[],
  random: Random,
  options: MaskingOptions,
): Answer[] {
  const sizes = sizeAnswers(output, grid, options);
  const clean = gridTokens(output, grid);
  const inBlocks = blockShare(options);
  const share = (noise: number) => maskedShare(noise % 1, options.fullMask);
  const canvases = noises.flatMap((noise) =>
    // No draw where there is nothing to decide: runs without blocks stay as they were.
    inBlocks === 1 || (inBlocks > 0 && random.chance(inBlocks))
      ? blockAnswers(clean, () => share(random.float()), random, options)
      : random.chance(options.wrongCells)
        ? [corrupt(clean, share(noise), random)]
        : [mask(clean, share(noise), random, options)],
  );
  if (!patterns[options.pattern].promptSeesAnswer) return [...sizes, ...canvases];
  // A prompt that sees answers can be asked for one thing only.
  return random.chance(0.8) ? canvases : [random.pick(sizes)];
}

/**
 * Answers under the logit shift (Dream, Ye et al. 2025): every label stands one token earlier, the first at the prompt's
 * last token, which is given as `first`. A slot that nothing is read from any more is left out.
 */
export function shiftLabels({ tokens, labels, weights, ...rest }: Answer) {
  const last = tokens.length - 1;
  const length = tokens[last]!.place.row === 0 ? last : tokens.length;
  const answer: Answer = {
    ...rest,
    tokens: tokens.slice(0, length),
    labels: [...labels.slice(1), -1].slice(0, length),
    weights: [...weights.slice(1), 0].slice(0, length),
  };
  return { first: { label: labels[0]!, weight: weights[0]! }, answer };
}
