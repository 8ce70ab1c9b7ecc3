// Self-conditioning (Analog Bits, Chen et al. 2022): a first pass without gradient guesses the masked cells, and the second
// one, which is learnt from, is fed the guess. Changed: the guess is no input of its own, but is added to the masks'
// embeddings as the mixture of the colours' (as decode/decoders/soft.ts does), so that the model has no new weights.
import { COLOURS } from "../arc/grid.ts";
import { TOKEN, type Token } from "../sequence/tokens.ts";
import type { Example, Preparation } from "./objective.ts";

/** Whether a token is a masked cell; masks in row 0 ask for sizes. */
const isMaskedCell = ({ id, place }: Token): boolean => id === TOKEN.mask && place.row > 0;

/** The colours' probabilities at every masked cell, [tokens, vocabSize], from the logits that predict each token. */
function guessOf(
  tokens: readonly Token[],
  logits: Float32Array,
  vocabSize: number,
  shift: boolean,
): Float32Array {
  const guess = new Float32Array(tokens.length * vocabSize);
  for (const [i, token] of tokens.entries()) {
    if (!isMaskedCell(token)) continue;
    const from = (i - Number(shift)) * vocabSize;
    const scores = logits.subarray(from, from + COLOURS);
    const top = Math.max(...scores);
    const powers = Array.from(scores, (score) => Math.exp(score - top));
    const total = powers.reduce((a, b) => a + b);
    for (const [colour, power] of powers.entries()) guess[i * vocabSize + colour] = power / total;
  }
  return guess;
}

/** Gives the current weights' first guess to a share `selfConditioning` of micro-batches. */
export async function firstGuess({
  examples,
  options: { selfConditioning },
  config: { vocabSize, jigsaw },
  random,
  logits,
}: Preparation<{ readonly selfConditioning: number }>): Promise<readonly Example[]> {
  if (!random("self-conditioning").chance(selfConditioning)) return examples;
  const found = await logits(examples);
  return examples.map((example, i) => ({
    ...example,
    softEmbeddings: guessOf(example.tokens, found[i]!, vocabSize, jigsaw.shift),
  }));
}
