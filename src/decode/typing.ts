// An answer that is typed token by token after a prompt.
import type { Token } from "../sequence/tokens.ts";
import type { Node } from "./nodes.ts";
import type { PromptSession } from "./session.ts";

/** Tokens that are typed after a prompt; disposing frees their keys and values. */
export interface Typing extends AsyncDisposable {
  /** Types tokens after all that was typed; gives the logits of what follows the last one, [vocabSize]. */
  type(tokens: readonly Token[]): Promise<Float32Array>;
  /** The token that was typed last; undefined before the first. */
  readonly last: Node | undefined;
  /** Later tokens follow this one and see none that was typed after it, at the positions that come next all the same. */
  goBackTo(node: Node | undefined): void;
}

/** Starts typing after the prompt of a session. */
export function openTyping(session: PromptSession): Typing {
  const branches = session.branches();
  let last: Node | undefined;
  let position = 0;
  return {
    get last() {
      return last;
    },
    async type(tokens) {
      if (tokens.length === 0) return (await session.predict([{ tokens, predict: [0] }], "causal"))[0]!;
      const chain = { after: last, tokens, position, predict: [tokens.length - 1] };
      const [typed] = await branches.append([chain]);
      last = typed!.nodes.at(-1);
      position += tokens.length;
      return typed!.logits;
    },
    goBackTo(node) {
      last = node;
    },
    [Symbol.asyncDispose]: () => branches[Symbol.asyncDispose](),
  };
}
