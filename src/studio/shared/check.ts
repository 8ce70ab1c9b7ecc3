// Checks what a page sends, and says in words what does not fit.
import type * as z from "zod";
import { checkShape } from "../../core/check-shape.ts";
import { JigsawError } from "../../core/errors.ts";

/** @throws JigsawError "bad-option" that names the first field that does not fit */
export const checkRequest = <T extends z.ZodType>(schema: T, value: unknown): z.output<T> =>
  checkShape(
    schema,
    value,
    (place, fault) => new JigsawError("bad-option", `${place || "the request"} ${fault}`),
  );
