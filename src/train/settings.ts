// Everything that decides a training run: the flags of `jigsaw train`, and what a checkpoint remembers.
import * as z from "zod";
import { JigsawError } from "../core/errors.ts";
import { type Objective, type ObjectiveName, objectiveOptions, objectives } from "../objectives/index.ts";
import { type Level, levels } from "../puzzles/index.ts";
import { type PatternName, patterns } from "../sequence/attention-patterns.ts";
import { adapterSettings } from "./adapter.ts";
import { type Learning, modelShape } from "./config.ts";
import type { GradientCheckpointing } from "./gradients.ts";
import { hyperparameters } from "./hyperparameters.ts";

const count = z.int().positive();
const share = z.number().min(0).max(1);
const names = <T extends string>(record: Readonly<Record<T, unknown>>) => Object.keys(record) as [T, ...T[]];

type Intersection<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;
type ObjectiveShape = Omit<Intersection<(typeof objectives)[ObjectiveName]["options"]["shape"]>, "pattern">;

/** The options of all objectives; an option that several have is one setting. */
function objectiveShape(): ObjectiveShape {
  const owners: Record<string, string[]> = {};
  const fields: Record<string, z.ZodType> = {};
  for (const { name, options } of Object.values<Objective>(objectives)) {
    for (const [option, field] of Object.entries(options.shape)) {
      owners[option] = [...(owners[option] ?? []), name];
      fields[option] ??= field as z.ZodType;
    }
  }
  const described = Object.entries(fields).map(([option, field]) => [
    option,
    field.describe(`${owners[option]!.join(", ")}: ${field.description}`),
  ]);
  const { pattern: _, ...own } = Object.fromEntries(described);
  return own as ObjectiveShape;
}

/** The settings by subject, in the order in which the help lists them. */
export const settingGroups = {
  Model: {
    init: z
      .string()
      .optional()
      .describe("start from the weights in this model folder, which then sets the model's shape"),
    ...modelShape.shape,
  },
  Data: {
    data: z
      .string()
      .optional()
      .describe("files or folders of tasks, comma-separated (default: procedural puzzles)"),
    levels: z
      .array(z.enum(names<Level>(levels)))
      .nonempty()
      .default(["easy"])
      .describe("levels of procedural puzzles"),
    augment: z
      .boolean()
      .default(false)
      .describe("random symmetries, colours and order of pairs whenever a task is drawn"),
    demonstrations: z
      .int()
      .min(2)
      .max(4)
      .default(3)
      .describe("demonstrations of a procedural puzzle, or of a task drawn from RE-ARC's pairs"),
    maxTokens: count.default(2048).describe("sequences that are longer are passed over"),
  },
  Objective: {
    objective: z
      .enum(names<ObjectiveName>(objectives))
      .default("masked-diffusion")
      .describe(
        `what to learn: ${Object.values(objectives)
          .map(({ about }) => about)
          .join("; ")}`,
      ),
    pattern: z
      .enum(names<PatternName>(patterns))
      .optional()
      .describe("attention pattern; the objective's own by default"),
    ...objectiveShape(),
    anneal: share
      .default(0)
      .describe("share of the steps over which attention opens from causal to the pattern"),
  },
  Adapter: adapterSettings.shape,
  Optimisation: hyperparameters.shape,
  Saving: {
    saveSteps: count.default(500).describe("steps between checkpoints"),
    saveTotalLimit: count.default(2).describe("checkpoints to keep"),
    loggingSteps: count.default(10).describe("steps between lines of metrics.jsonl"),
  },
  Machine: {
    threads: count.optional().describe("threads for one operator (default: all cores)"),
    memory: z
      .enum(["whole", "layers", "frugal"])
      .optional()
      .describe(
        "the model in one graph; layer by layer, products kept; or layer by layer, products computed again (default: whole, or with LoRA layers)",
      ),
  },
};

export const trainSettings = z.object({
  ...settingGroups.Model,
  ...settingGroups.Data,
  ...settingGroups.Objective,
  ...settingGroups.Adapter,
  ...settingGroups.Optimisation,
  ...settingGroups.Saving,
  ...settingGroups.Machine,
});

export type TrainSettings = z.infer<typeof trainSettings>;

/** The settings that may differ when a run is resumed: they do not touch the steps that are done. */
export const RESUMABLE: readonly (keyof TrainSettings)[] = [
  "steps",
  "saveSteps",
  "saveTotalLimit",
  "loggingSteps",
  "threads",
  "memory",
];

/** The pattern that a run trains under; refuses one that the objective cannot learn under. */
export function patternFor({
  objective,
  pattern,
}: Pick<TrainSettings, "objective" | "pattern">): PatternName {
  const possible: readonly PatternName[] = objectives[objective].patterns;
  if (!pattern) return possible[0]!;
  if (possible.includes(pattern)) return pattern;
  throw new JigsawError(
    "bad-option",
    `objective "${objective}" cannot be learnt under pattern "${pattern}"`,
    `Its patterns: ${possible.join(", ")}.`,
  );
}

/** What a run learns, and the options of it among all settings. */
export function learningOf(settings: TrainSettings): Learning {
  const objective: Objective = objectives[settings.objective];
  return { objective, options: objectiveOptions(objective, { ...settings, pattern: patternFor(settings) }) };
}

/** What --memory means. */
const MEMORY = { whole: "none", layers: "layers", frugal: "recompute" } as const;

export const checkpointingOf = ({ memory }: TrainSettings): GradientCheckpointing | undefined =>
  memory && MEMORY[memory];
