// Rotary position embeddings (RoFormer, Su et al. 2021), over one coordinate or several.
import type { HostTensor } from "../engine/engine.ts";
import { add, cast, cos, mul, neg, sin } from "../graph/elementwise.ts";
import { linear } from "../graph/linear.ts";
import { concat, reshape, slice } from "../graph/movement.ts";
import { constant, customVjp, input, type Tensor } from "../graph/tensor.ts";
import type { Qwen3Config } from "./config.ts";

/** Coordinates a token has under each kind of positions: its index, or its grid, row and column. */
export const AXES = { sequence: 1, grid: 3 } as const;

/** Sixteenths of a head's pairs rotated by the grid's number, by the row and by the column; the others are not rotated. */
const GRID_SHARES = [4, 3, 3] as const;

/**
 * The frequency of each pair of a head's dimensions along each axis: [headDim / 2, axes] in rows. With grid positions
 * each axis has its own share of the pairs, and one share has frequency 0: it attends by content, such as the mirrored
 * cell by its learned distance from the other edge.
 */
export function frequencies(config: Qwen3Config): number[][] {
  const pairs = config.headDim / 2;
  if (config.jigsaw.positions !== "grid") {
    return Array.from({ length: pairs }, (_, i) => [config.ropeTheta ** (-i / pairs)]);
  }
  const rotated = GRID_SHARES.flatMap((sixteenths, axis) => {
    const share = Math.floor((pairs * sixteenths) / 16);
    return Array.from({ length: share }, (_, i) =>
      GRID_SHARES.map((_, a) => (a === axis ? config.ropeTheta ** (-i / share) : 0)),
    );
  });
  return [...rotated, ...Array.from({ length: pairs - rotated.length }, () => [0, 0, 0])];
}

/** Cosines and sines of each token's rotary angles, [batch, tokens, 1, headDim]. */
export interface CosSin {
  /** The same in both halves of headDim. */
  readonly cos: Tensor;
  /** Negative in the first half. */
  readonly sin: Tensor;
}

/** Computes them from the tokens' coordinates [batch, tokens, axes]. */
export function cosSin(config: Qwen3Config, coordinates: Tensor): CosSin {
  const table = frequencies(config);
  // In float64, which WebGPU leaves to the CPU: its own sine may be off by 2^-11, and more beyond pi.
  const exact = cast(coordinates, "float64");
  const angles = linear(exact, constant(table.flat(), [table.length, table[0]!.length], "float64"));
  const [batch, tokens] = coordinates.shape;
  const spread = (t: Tensor) => reshape(cast(t, coordinates.dtype), [batch!, tokens!, 1, config.headDim]);
  const [c, s] = [cos(angles), sin(angles)];
  return { cos: spread(concat([c, c], -1)), sin: spread(concat([neg(s), s], -1)) };
}

/** One sequence's cosines and sines as the graph inputs "cos" and "sin", for engines without float64. */
export function cosSinInputs({ headDim }: Qwen3Config): CosSin {
  const shape = [1, "tokens", 1, headDim];
  return { cos: input("cos", shape), sin: input("sin", shape) };
}

/** Feeds for those inputs, from coordinates [1, tokens, axes]. */
export function cosSinFeeds(
  config: Qwen3Config,
  { dims, data }: HostTensor,
): Record<"cos" | "sin", HostTensor> {
  const [tokens, axes] = [dims[1]!, dims[2]!];
  const table = frequencies(config);
  const pairs = table.length;
  const [cosines, sines] = [new Float32Array(2 * pairs * tokens), new Float32Array(2 * pairs * tokens)];
  for (let token = 0; token < tokens; token++) {
    for (const [pair, along] of table.entries()) {
      const angle = along.reduce((sum, f, axis) => sum + f * Number(data[token * axes + axis]), 0);
      const at = 2 * pairs * token + pair;
      cosines[at] = cosines[at + pairs] = Math.cos(angle);
      sines[at + pairs] = Math.sin(angle);
      sines[at] = -sines[at + pairs]!;
    }
  }
  const shape = [1, tokens, 1, 2 * pairs];
  return { cos: { dims: shape, data: cosines }, sin: { dims: shape, data: sines } };
}

/** Rotates x [batch, tokens, heads, headDim]: dimension i with dimension i + headDim / 2, as Qwen3 pairs them. */
export function applyRope(x: Tensor, { cos, sin }: CosSin): Tensor {
  const half = (x.shape.at(-1) as number) / 2;
  const rotated = (t: Tensor, s: Tensor) => {
    const swapped = concat([slice(t, -1, half, 2 * half), slice(t, -1, 0, half)], -1);
    return add(mul(t, cos), mul(swapped, s));
  };
  return customVjp([x], rotated(x, sin), (g) => [rotated(g, neg(sin))]);
}
