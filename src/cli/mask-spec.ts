// Attention over a sequence of bare ids, as a flag names it: "causal", "full", "prefix:N" or "blocks:N".
import { JigsawError } from "../core/errors.ts";
import type { Qwen3Config } from "../model/config.ts";
import { writeMask } from "../sequence/attention-patterns.ts";

export type MaskSpec =
  | { readonly kind: "causal" | "full" }
  /** The first `tokens` see each other, those after them see everything. */
  | { readonly kind: "prefix"; readonly tokens: number }
  /** Causal over blocks of `tokens` from the first token on, and free inside each. */
  | { readonly kind: "blocks"; readonly tokens: number };

const KNOWN = "Known: causal, full, prefix:N (a prompt of N tokens), blocks:N (blocks of N tokens).";

/** Reads a spec as it is written on the command line. */
export function parseMaskSpec(text: string): MaskSpec {
  const [, kind, count] = /^([a-z]+)(?::([1-9]\d{0,8}))?$/.exec(text) ?? [];
  const counted = kind === "prefix" || kind === "blocks";
  if (counted && count) return { kind, tokens: Number(count) };
  if ((kind === "causal" || kind === "full") && !count) return { kind };
  throw new JigsawError("bad-option", `unknown attention pattern "${text}"`, KNOWN);
}

export const showMaskSpec = (spec: MaskSpec): string =>
  "tokens" in spec ? `${spec.kind}:${spec.tokens}` : spec.kind;

/** The attention that a checkpoint was trained for, where its ids alone say who is who. */
export function maskSpecOf({ jigsaw }: Qwen3Config): MaskSpec {
  if (jigsaw.pattern === "causal") return { kind: "causal" };
  if (jigsaw.pattern === "full") return { kind: "full" };
  if (jigsaw.pattern === "blocks" && jigsaw.blockSize) return { kind: "blocks", tokens: jigsaw.blockSize };
  throw new JigsawError(
    "bad-option",
    `the checkpoint was trained under the pattern "${jigsaw.pattern}", which ids alone do not settle`,
    "Choose --pattern causal, full, prefix:N (a prompt of N tokens) or blocks:N (blocks of N tokens).",
  );
}

/** The mask of a sequence of so many tokens: row-major [tokens, tokens], 1 for visible; undefined where all is. */
export function maskOf(spec: MaskSpec, tokens: number): Uint8Array | undefined {
  if (spec.kind === "full") return undefined;
  const mask = new Uint8Array(tokens * tokens);
  const keys = Array.from({ length: tokens }, (_, i) => [[0, seenBy(i, spec, tokens)] as const]);
  writeMask(keys, mask, tokens);
  return mask;
}

/** How many tokens, from the first on, token `i` sees. */
function seenBy(i: number, spec: MaskSpec, tokens: number): number {
  if (spec.kind === "causal") return i + 1;
  if (spec.kind === "prefix") return i < spec.tokens ? Math.min(spec.tokens, tokens) : tokens;
  if (spec.kind === "blocks") return Math.min(tokens, (Math.floor(i / spec.tokens) + 1) * spec.tokens);
  return tokens;
}
