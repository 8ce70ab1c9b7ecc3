import { autoregressive } from "./autoregressive.ts";
import { maskedDiffusion } from "./masked-diffusion.ts";
import type { Objective } from "./objective.ts";

export type { Example, Objective, ObjectiveOptions } from "./objective.ts";

export const objectives = {
  autoregressive,
  "masked-diffusion": maskedDiffusion,
} as const satisfies Record<string, Objective>;

export type ObjectiveName = keyof typeof objectives;
