import type { Decoder } from "../define.ts";
import { adaptive } from "./adaptive.ts";
import { backspace } from "./backspace.ts";
import { beam } from "./beam.ts";
import { blocks } from "./blocks.ts";
import { dfs } from "./dfs.ts";
import { edit } from "./edit.ts";
import { editOps } from "./edit-ops.ts";
import { greedy } from "./greedy.ts";
import { remask } from "./remask.ts";
import { sample } from "./sample.ts";
import { soft } from "./soft.ts";
import { speculative } from "./speculative.ts";
import { steps } from "./steps.ts";
import { tree } from "./tree.ts";

/** The decoders of the package, by name. */
export const decoders = {
  greedy,
  sample,
  beam,
  dfs,
  backspace,
  "edit-ops": editOps,
  steps,
  adaptive,
  remask,
  blocks,
  soft,
  tree,
  speculative,
  edit,
} as const satisfies Record<string, Decoder>;

export type DecoderName = keyof typeof decoders;
