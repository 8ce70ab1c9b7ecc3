// An earlier guess of masked cells as what a pass is fed beside them, in training and decoding alike.
import { COLOURS } from "../arc/grid.ts";
import { TOKEN, type Token } from "../sequence/tokens.ts";

/** How logits are read as a guess. */
export interface GuessReading {
  readonly vocabSize: number;
  /** Whether what stands at a token is predicted at the token before it. */
  readonly shift: boolean;
  /** What logits are divided by: below 1 the guess is sharper than the model, at 0 its likeliest colour alone. */
  readonly temperature?: number;
}

/** Whether a token is a masked cell; masks in row 0 ask for sizes. */
const isMaskedCell = ({ id, place }: Token): boolean => id === TOKEN.mask && place.row > 0;

/**
 * Writes the colours' probabilities of every masked cell into its row of `soft` [tokens, vocabSize], other rows stay as
 * they are. `logits` [tokens, vocabSize] are those of the same tokens.
 */
export function writeGuess(
  soft: Float32Array,
  tokens: readonly Token[],
  logits: Float32Array,
  { vocabSize, shift, temperature = 1 }: GuessReading,
): void {
  for (const [i, token] of tokens.entries()) {
    if (!isMaskedCell(token)) continue;
    const from = (i - Number(shift)) * vocabSize;
    const row = soft.subarray(i * vocabSize, i * vocabSize + COLOURS);
    const scores = logits.subarray(from, from + COLOURS);
    const top = Math.max(...scores);
    if (temperature === 0) {
      row.fill(0);
      row[scores.indexOf(top)] = 1;
      continue;
    }
    const powers = Array.from(scores, (score) => Math.exp((score - top) / temperature));
    const total = powers.reduce((a, b) => a + b);
    for (const [colour, power] of powers.entries()) row[colour] = power / total;
  }
}
