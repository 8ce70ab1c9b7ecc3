// Tokens that follow one another and branch after a prompt: each sees the prompt, the tokens on its way from there, and
// itself (tree attention, as in SpecInfer, Miao et al. 2024).
import type { Range } from "../sequence/attention-patterns.ts";
import type { Token } from "../sequence/tokens.ts";

/** A token in a tree of tokens after the prompt. */
export interface Node {
  readonly token: Token;
  readonly parent: Node | undefined;
  /** How many tokens are before it, from the prompt on. */
  readonly position: number;
  /** The last token of its block, which it sees up to; itself where tokens see only those before them. */
  readonly end: Node;
}

/**
 * Nodes of tokens that follow `after` one by one.
 * @param ends for each token, the index after the last of these that it sees
 * @param position of the first, where it is not the one after `after`'s
 */
export function nodesOf(
  after: Node | undefined,
  tokens: readonly Token[],
  ends: readonly number[],
  position = after ? after.position + 1 : 0,
): Node[] {
  const nodes: { token: Token; parent: Node | undefined; position: number; end: Node }[] = [];
  for (const [i, token] of tokens.entries()) {
    const node = { token, parent: nodes.at(-1) ?? after, position: position + i } as (typeof nodes)[number];
    node.end = node;
    nodes.push(node);
  }
  for (const [i, end] of ends.entries()) nodes[i]!.end = nodes[end - 1]!;
  return nodes;
}

/** Nodes in a row, as their keys and values lie in one segment, and for each where those on its way lie. */
export interface KeptNodes {
  readonly nodes: readonly Node[];
  /** Ascending ranges of indices among `nodes`: the nodes on the way to each, itself included. */
  readonly paths: ReadonlyMap<Node, readonly Range[]>;
}

/** The empty list of nodes. */
export const NO_NODES: KeptNodes = { nodes: [], paths: new Map() };

/** The nodes and some more; each follows one of them, or the prompt. */
export function withNodes({ nodes, paths }: KeptNodes, more: readonly Node[]): KeptNodes {
  const longer = new Map(paths);
  for (const [i, node] of more.entries()) {
    const at = nodes.length + i;
    const before = node.parent ? longer.get(node.parent)! : [];
    const last = before.at(-1);
    const path: Range[] =
      last?.[1] === at ? [...before.slice(0, -1), [last[0], at + 1]] : [...before, [at, at + 1]];
    longer.set(node, path);
  }
  return { nodes: [...nodes, ...more], paths: longer };
}

/** The ranges, each moved up by `by` indices. */
export const shiftRanges = (ranges: readonly Range[], by: number): Range[] =>
  ranges.map(([from, to]) => [from + by, to + by]);

/** Nodes and all that they follow. */
export function ancestors(nodes: Iterable<Node>): Set<Node> {
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
