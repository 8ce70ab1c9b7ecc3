import { autoregressive } from "./autoregressive.ts";
import { backspace } from "./backspace.ts";
import { editOperations } from "./edit-operations.ts";
import { joint } from "./joint.ts";
import { maskedDiffusion } from "./masked-diffusion.ts";
import type { Objective } from "./objective.ts";

export { BACKSPACE_MODES, BACKSPACE_RATE, type BackspaceMode } from "./backspace.ts";
export { type Capability, capabilities } from "./capabilities.ts";
export type { Example, Objective, ObjectiveOptions } from "./objective.ts";

export const objectives = {
  autoregressive,
  "masked-diffusion": maskedDiffusion,
  joint,
  backspace,
  "edit-operations": editOperations,
} as const satisfies Record<string, Objective>;

export type ObjectiveName = keyof typeof objectives;
