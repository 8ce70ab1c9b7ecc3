// The adapter (LoRA) that a run trains in place of all weights, and its settings.
import * as z from "zod";
import type { Qwen3Config } from "../model/config.ts";
import { ALL_LINEAR, embeddingModules, type LoraConfig, loraShapes } from "../model/lora.ts";

export const adapterSettings = z.object({
  loraRank: z
    .int()
    .min(0)
    .default(0)
    .describe("train low-rank updates of the layers' matrices (LoRA) of this rank; 0: train all weights"),
  loraAlpha: z
    .number()
    .positive()
    .optional()
    .describe("scale of the updates, times the rank (default: 2 x rank)"),
  rsLora: z.boolean().default(false).describe("scale by alpha / sqrt(rank) instead of alpha / rank"),
  loraTargets: z
    .array(z.string())
    .nonempty()
    .default(["all-linear"])
    .describe("matrices that are updated, such as q_proj,v_proj"),
  loraEmbeddings: z
    .enum(["train", "frozen"])
    .default("train")
    .describe("whether the embeddings (and an untied head) are trained whole beside the updates"),
});

/**
 * The adapter that is trained, or undefined where all weights are.
 * @throws JigsawError "bad-option" for targets that the model does not have
 */
export function loraOf(
  settings: z.infer<typeof adapterSettings>,
  config: Qwen3Config,
): LoraConfig | undefined {
  const { loraRank: rank, loraAlpha, rsLora, loraTargets, loraEmbeddings } = settings;
  if (rank === 0) return undefined;
  const lora: LoraConfig = {
    rank,
    alpha: loraAlpha ?? 2 * rank,
    rsLora,
    targets: loraTargets.flatMap((target) => (target === "all-linear" ? ALL_LINEAR : [target])),
    modulesToSave: loraEmbeddings === "train" ? embeddingModules(config) : [],
    rankPattern: {},
    alphaPattern: {},
    dropout: 0,
  };
  loraShapes(config, lora);
  return lora;
}
