// What a checkpoint can have been trained for: the names in its configuration, which decoders ask for.

export const capabilities = {
  autoregressive: "the next token, left to right",
  "masked-diffusion": "masked cells, in any order",
  "wrong-cells": "what belongs where a visible cell is wrong",
  "block-diffusion": "masked cells of a block, after finished blocks",
  "self-conditioning": "masked cells, given an earlier guess of them",
  backspace: "the next token, or taking back the last one",
  "edit-operations": "operations that turn a draft into the answer",
} as const satisfies Record<string, string>;

export type Capability = keyof typeof capabilities;
