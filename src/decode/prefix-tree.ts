// Tokens that branch after a prompt: each sees the prompt, those on its way from there, and itself. They lie in one
// segment of keys and values, from which branches that were given up are cut when they are the greater part of it
// (tree attention, as in SpecInfer, Miao et al. 2024; the ARChitects cut their cache back in the same way).

import type { Ledger } from "../engine/ledger.ts";
import type { Model, Pass, Segment } from "../model/model.ts";
import type { Token } from "../sequence/tokens.ts";
import { encodePrompt } from "./context.ts";
import type { Cache } from "./decoder.ts";

/** A token of the tree. */
export interface Node {
  readonly token: Token;
  readonly parent: Node | undefined;
  /** How many tokens are before it, from the prompt on. */
  readonly depth: number;
}

/** Tokens that follow a node, or the prompt, one after another. */
export interface Chain {
  readonly after: Node | undefined;
  readonly tokens: readonly Token[];
}

/** A chain's tokens in the tree, and the logits after each, row-major [tokens, vocabulary]. */
export interface Grown {
  readonly nodes: readonly Node[];
  readonly logits: Float32Array;
}

export interface PrefixTree {
  /** Adds chains, all in one pass. */
  grow(chains: readonly Chain[]): Promise<Grown[]>;
  /** Says that only these nodes, and those before them, will be followed again. */
  prune(alive: Iterable<Node>): Promise<void>;
  close(): Promise<void>;
}

function nodesOf({ after, tokens }: Chain): Node[] {
  const nodes: Node[] = [];
  for (const token of tokens) {
    const parent: Node | undefined = nodes.at(-1) ?? after;
    nodes.push({ token, parent, depth: parent ? parent.depth + 1 : 0 });
  }
  return nodes;
}

/** [asked, all]: the nodes that each of those asked, the last of all, sees among all. */
function treeMask(all: readonly Node[], asked: number): Uint8Array {
  const index = new Map(all.map((node, i) => [node, i]));
  const mask = new Uint8Array(asked * all.length);
  for (let i = 0; i < asked; i++) {
    let node: Node | undefined = all[all.length - asked + i];
    for (; node; node = node.parent) mask[i * all.length + index.get(node)!] = 1;
  }
  return mask;
}

/** [prompt + nodes, prompt + nodes]: a causal prompt before a tree. */
function wholeMask(prompt: number, nodes: readonly Node[]): Uint8Array {
  const total = prompt + nodes.length;
  const mask = new Uint8Array(total * total);
  for (let i = 0; i < total; i++) mask.fill(1, i * total, i * total + Math.min(i + 1, prompt));
  const own = treeMask(nodes, nodes.length);
  for (let i = 0; i < nodes.length; i++)
    mask.set(own.subarray(i * nodes.length, (i + 1) * nodes.length), (prompt + i) * total + prompt);
  return mask;
}

/** Those on the way to any of these nodes, and they. */
function withAncestors(nodes: Iterable<Node>): Set<Node> {
  const found = new Set<Node>();
  for (let node of nodes) {
    while (!found.has(node)) {
      found.add(node);
      if (!node.parent) break;
      node = node.parent;
    }
  }
  return found;
}

/** Opens a causal prompt for answers that branch. An aborted signal stops the next pass. */
export async function openPrefixTree(
  model: Model,
  prompt: readonly Token[],
  cache: Cache,
  ledger: Ledger,
  signal?: AbortSignal,
): Promise<PrefixTree> {
  signal?.throwIfAborted();
  const { vocabSize } = model.config;
  const start = cache === "none" ? undefined : await encodePrompt(model, prompt, ledger);
  let kept: Segment | undefined;
  let nodes: Node[] = [];

  const cachedPass = (start: Segment, fresh: number): Pass => ({
    tokens: nodes.slice(-fresh).map(({ token }) => token),
    past: kept ? [start, kept] : [start],
    extend: kept !== undefined,
    mask: treeMask(nodes, fresh),
    indices: nodes.slice(-fresh).map(({ depth }) => prompt.length + depth),
  });
  const wholePass = (): Pass => ({
    tokens: [...prompt, ...nodes.map(({ token }) => token)],
    mask: wholeMask(prompt.length, nodes),
    indices: [...prompt.keys(), ...nodes.map(({ depth }) => prompt.length + depth)],
  });

  return {
    async grow(chains) {
      signal?.throwIfAborted();
      const added = chains.map(nodesOf);
      const fresh = added.flat().length;
      nodes.push(...added.flat());
      const pass = start ? cachedPass(start, fresh) : wholePass();
      const { logits, segment } = await model.run(
        pass,
        { logits: true, cache: start !== undefined },
        ledger,
        "decode",
      );
      if (kept) await model.free(kept);
      kept = segment;
      let at = logits.length / vocabSize - fresh;
      return added.map((own) => {
        const from = at;
        at += own.length;
        return { nodes: own, logits: logits.subarray(from * vocabSize, at * vocabSize) };
      });
    },
    async prune(alive) {
      signal?.throwIfAborted();
      const live = withAncestors(alive);
      // Cutting copies what stays, so it is put off until it halves what later passes attend to.
      if (start && nodes.length < 2 * live.size) return;
      const staying = [...nodes.keys()].filter((i) => live.has(nodes[i]!));
      if (kept && staying.length < nodes.length) {
        const rest = staying.length ? await model.select(kept, staying) : undefined;
        await model.free(kept);
        kept = rest;
      }
      nodes = staying.map((i) => nodes[i]!);
    },
    close: () => model.free(...(start ? [start] : []), ...(kept ? [kept] : [])),
  };
}
