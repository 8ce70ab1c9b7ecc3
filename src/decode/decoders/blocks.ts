// Block by block, each in rounds, with an exact cache of finished blocks (BD3-LM, Arriola et al. 2025); in a round the
// surest cells, and all above a threshold (Fast-dLLM, Wu et al. 2025). Changed: size first, on a canvas of that size;
// the size and blocks that have no cells are computed along with the next block, and kept with it; under the logit
// shift a row begins at the token before its first cell, where that cell is predicted.
import * as z from "zod";
import { JigsawError } from "../../core/errors.ts";
import type { Qwen3Config } from "../../model/config.ts";
import { patternOf } from "../../sequence/attention-patterns.ts";
import { type Layout, openSlots } from "../canvas.ts";
import { defineDecoder } from "../define.ts";
import { argmax } from "../distribution.ts";
import type { Node } from "../nodes.ts";
import { commitTop, distributionsOf, type Prediction, rankBy, shareOf } from "../rounds.ts";
import { CACHES, type PromptSession } from "../session.ts";
import { isTie } from "../ties.ts";

const blocksOptions = z.object({
  cache: z.enum(CACHES).default("blocks").describe("what is kept between passes"),
  steps: z.int().positive().default(10).describe("rounds in which a block is filled, at most"),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.9)
    .describe("cells that are surer are committed at once; 1: only each round's share"),
  blockSize: z
    .int()
    .positive()
    .optional()
    .describe(
      "tokens in a block, to be sure of it: what the checkpoint was trained with, else it is refused",
    ),
});

/** Refuses a checkpoint whose blocks are others than those wanted. */
function checkBlocks({ jigsaw }: Qwen3Config, wanted: number | undefined): void {
  if (patternOf(jigsaw.pattern).promptSeesAnswer) {
    throw new JigsawError(
      "bad-option",
      `under the attention pattern "${jigsaw.pattern}" the prompt sees the answer, so no block of it can be kept`,
      "Use another --decoder.",
    );
  }
  if (jigsaw.shift && jigsaw.blockSize !== null) {
    throw new JigsawError(
      "bad-option",
      `decoder "blocks" cannot read blocks of ${jigsaw.blockSize} tokens with the logit shift, only blocks of a row`,
      "Use another --decoder, or a checkpoint trained without the shift or without --block-size.",
    );
  }
  if (wanted !== undefined && wanted !== jigsaw.blockSize) {
    const trained = !jigsaw.blockSize ? "rows" : `${jigsaw.blockSize} tokens`;
    throw new JigsawError(
      "bad-option",
      `blocks of ${wanted} tokens do not divide the answer as the checkpoint was trained to, in blocks of ${trained}`,
      "Leave blockSize out, or train with --block-size of that many tokens.",
    );
  }
}

function checkRoom({ model: { config }, prompt: { tokens } }: PromptSession, layout: Layout): void {
  const total = tokens.length + layout.length;
  if (total <= config.maxPositions) return;
  throw new JigsawError(
    "too-long",
    `${total} tokens, of a prompt and a canvas of ${layout.shape.join(" x ")} cells, are more than the model's ${config.maxPositions} positions`,
    "Leave out demonstrations, or crop the grids.",
  );
}

/** A block that has slots: these, and the index after its last token. */
interface Block {
  readonly slots: readonly number[];
  readonly end: number;
}

/** The blocks that have slots, in order. */
export function blocksOf({
  layoutSlots,
  ends,
}: {
  layoutSlots: Layout["slots"];
  ends: readonly number[];
}): Block[] {
  const blocks = new Map<number, number[]>();
  for (const [slot, { index }] of layoutSlots.entries()) {
    const end = ends[index]!;
    blocks.set(end, [...(blocks.get(end) ?? []), slot]);
  }
  return [...blocks].map(([end, slots]) => ({ slots, end }));
}

const sureness = ({ choice }: Prediction): number => choice.probability;

/** Block diffusion with an exact cache of finished blocks (BD3-LM, Arriola et al. 2025). */
export const blocks = defineDecoder({
  name: "blocks",
  family: "jigsaw",
  objective: "block-diffusion",
  about: "block by block, finished blocks are kept",
  model: "jigsaw-joint",
  infills: true,
  options: blocksOptions,
  check: (config, { blockSize }) => checkBlocks(config, blockSize),
  async *run({ session, canvas, options: { steps, threshold }, show }) {
    const { layout, ids } = canvas;
    checkRoom(session, layout);
    const { blockSize, shift } = session.model.config.jigsaw;
    const keeps = session.cache === "blocks";
    const visible = layout.blockEnds(blockSize, shift);
    /** How far each of the tokens from `from` on sees, counted from there. */
    const endsFrom = (from: number, to: number) =>
      visible.slice(from, to).map((end) => Math.min(end, to) - from);
    await using branches = session.branches();
    let last: Node | undefined;
    let kept = 0;
    for (const block of blocksOf({ layoutSlots: layout.slots, ends: layout.blockEnds(blockSize, false) })) {
      const end = block.end - Number(shift);
      const isOpen = new Set(block.slots);
      const openNow = () => openSlots(canvas).filter((slot) => isOpen.has(slot));
      for (let round = 0; openNow().length > 0; round++) {
        const open = openNow();
        const answer = {
          after: last,
          tokens: layout.tokens(ids, kept, end),
          blockEnds: endsFrom(kept, end),
          predict: open.map((slot) => layout.slots[slot]!.index - kept),
        };
        const [logits] = await branches.predict([answer], "blocks");
        const predictions = distributionsOf(canvas, open, logits!).map((distribution, i) => {
          const [slot, choice] = [open[i]!, argmax(distribution)];
          canvas.confidence[slot] = choice.probability;
          return { slot, distribution, choice };
        });
        const ranked = rankBy(predictions, sureness);
        const share = shareOf(open.length, steps - round);
        const sure = ranked.filter(({ choice }) => choice.probability > threshold).length;
        // Where the share is taken anyway, whether one of its slots is sure decides nothing.
        const doubtful = ranked.slice(share).filter((one) => isTie(sureness(one), threshold));
        canvas.ties.add(threshold < 1 ? doubtful.length : 0);
        yield show(canvas, commitTop(canvas, ranked, Math.max(share, sure), sureness));
      }
      if (block.slots.at(-1) === ids.length - 1) break;
      if (!keeps) continue;
      const tokens = layout.tokens(ids, kept, end);
      const [finished] = await branches.append([
        { after: last, tokens, blockEnds: endsFrom(kept, end), predict: [] },
      ]);
      last = finished!.nodes.at(-1);
      kept = end;
    }
  },
});
