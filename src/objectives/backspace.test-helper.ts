// Sequences with backspaces, read as a typewriter types them.
import { TOKEN, type Token } from "../sequence/tokens.ts";

/** The indices of backspaces and of the tokens that they take back: cells, and the row end after one. */
export function takenBack(tokens: readonly Token[]): Set<number> {
  const gone = new Set<number>();
  const standing: number[] = [];
  for (const [i, { id }] of tokens.entries()) {
    if (id !== TOKEN.backspace) {
      standing.push(i);
      continue;
    }
    gone.add(i);
    let last = standing.pop()!;
    gone.add(last);
    if (tokens[last]!.id === TOKEN.rowEnd) {
      last = standing.pop()!;
      gone.add(last);
    }
  }
  return gone;
}
