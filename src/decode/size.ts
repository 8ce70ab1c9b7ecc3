// The answer's size, decided before there is a canvas.
import { sizeSlot, sizeToken, type Token } from "../sequence/tokens.ts";
import type { Context } from "./context.ts";
import type { Prompt } from "./decoder.ts";
import { best, type Choice, given, sizeDistribution } from "./distribution.ts";

/** The size that is known, or that the model finds likeliest: height, then width given height, in two passes. */
export async function decideSize(
  context: Context,
  vocabulary: number,
  { grid, canvas, ...prompt }: Pick<Prompt, "grid" | "size" | "canvas">,
): Promise<{ height: Choice; width: Choice }> {
  const size = canvas ?? prompt.size;
  if (size) return { height: given(sizeToken(size.rows)), width: given(sizeToken(size.columns)) };
  const read = (logits: Float32Array) =>
    best(sizeDistribution(logits, vocabulary, logits.length / vocabulary - 1));
  const { opening } = context;
  const height = read(opening ?? (await context.look([sizeSlot("height", grid)])));
  const known: Token = { ...sizeSlot("height", grid), id: height.id };
  const asked = opening ? [known] : [known, sizeSlot("width", grid)];
  return { height, width: read(await context.look(asked)) };
}
