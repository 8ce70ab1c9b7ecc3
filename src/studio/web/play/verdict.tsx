// How a canvas stands against the answer; green and red only where it is decided.
import { type Score, scoreInWords } from "./answer-score.ts";

/** A score in words and colour. */
export function Verdict({ score }: { readonly score: Score | "size" | undefined }) {
  const right = score !== undefined && score !== "size" && score.open === 0 && score.wrong === 0;
  const wrong = score === "size" || (score !== undefined && score.wrong > 0);
  return (
    <span class={`small verdict ${right ? "good" : wrong ? "bad" : "quiet"}`} data-testid="score">
      {scoreInWords(score)}
    </span>
  );
}
