import type { Decoder } from "./decoder.ts";
import { greedy } from "./greedy.ts";
import { steps } from "./steps.ts";

export const decoders = { greedy, steps } as const satisfies Record<string, Decoder>;

export type DecoderName = keyof typeof decoders;
