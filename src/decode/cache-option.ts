import * as z from "zod";
import { PROMPT_CACHES } from "./decoder.ts";

/** The option of decoders that can keep the prompt. */
export const cacheOption = z.enum(PROMPT_CACHES).default("prompt").describe("what is kept between passes");
