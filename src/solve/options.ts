// What decides how a task is solved: the flags of `jigsaw solve` and `jigsaw eval`, and the options of `solve`.
import * as z from "zod";
import { PROMPT_CACHE_BYTES } from "../decode/prompt-cache.ts";

/** How the candidates of all views are ranked. */
export const CHOICES = ["product", "votes", "visited", "first"] as const;

/** Who decides the answer's size: rules, else the model; the model; or both, weighed against each other. */
export const SIZE_SOURCES = ["rules", "model", "both"] as const;

const count = z.int().positive();

/** The fields of `solverSchema`. */
export const solverShape = {
  size: z
    .enum(SIZE_SOURCES)
    .default("rules")
    .describe(
      "who decides the answer's size: a rule that explains all demonstrations (else the model); the model; or both, of which two sizes are tried where they are in doubt",
    ),
  views: count.default(2).describe("views of the puzzle that are decoded: as it is, then others"),
  choose: z
    .enum(CHOICES)
    .default("first")
    .describe(
      "which candidates are the two attempts: by the product of their probabilities under many views, by the views that answered so, by how often they were seen, or in the order in which they came",
    ),
  scoringViews: count
    .optional()
    .describe("views under which candidates are scored (default: as many as --views)"),
  shortlist: count.default(8).describe("candidates that are scored at most"),
  masks: count
    .default(8)
    .describe("jigsaw models: masked copies on which a candidate's likelihood is estimated in a view"),
  tttSteps: z
    .int()
    .min(0)
    .default(0)
    .describe("steps of training on the task's own demonstrations first; 0: none"),
  tttSeconds: z
    .number()
    .positive()
    .optional()
    .describe(
      "seconds after which that training ends (default: half of --time-per-task, where that is given)",
    ),
  tttBatch: count.default(1).describe("sequences in a step of it"),
  tttLoraRank: z.int().min(0).default(0).describe("train low-rank updates of this rank; 0: all weights"),
  tttLearningRate: z.number().positive().default(3e-3).describe("AdamW's peak learning rate in it"),
  tttMuonLearningRate: z.number().positive().default(1.5e-2).describe("Muon's peak learning rate in it"),
  timePerTask: z
    .number()
    .positive()
    .optional()
    .describe("seconds for a task, after which no further view is decoded or scored"),
  promptCacheMib: z
    .int()
    .min(0)
    .default(PROMPT_CACHE_BYTES / 2 ** 20)
    .describe("MiB of encoded prompts that are kept, one a view; what is beyond it is encoded again"),
  seed: z.int().default(1).describe("decides views, masks and training"),
};

/** The options of a solver, with defaults and descriptions. */
export const solverSchema = z.object(solverShape);
/** The options of a solver with all defaults filled in. */
export type SolverOptions = z.infer<typeof solverSchema>;
