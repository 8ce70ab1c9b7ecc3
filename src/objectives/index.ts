import { autoregressive } from "./autoregressive.ts";
import { backspace } from "./backspace.ts";
import { editOperations } from "./edit-operations.ts";
import { joint } from "./joint.ts";
import { maskedDiffusion } from "./masked-diffusion.ts";
import type { Objective } from "./objective.ts";

export { BACKSPACE_MODES } from "./backspace.ts";
export {
  type Capability,
  capabilities,
  defineObjective,
  type Example,
  type Objective,
  type ObjectiveOptions,
  objectiveOptions,
  type Preparation,
} from "./objective.ts";

export const objectives = {
  autoregressive,
  "masked-diffusion": maskedDiffusion,
  joint,
  backspace,
  "edit-operations": editOperations,
} as const satisfies Record<string, Objective>;

export type ObjectiveName = keyof typeof objectives;
