// Checks what a page sends, and says in words what does not fit.
import type * as z from "zod";
import { JigsawError } from "../errors.ts";

/** @throws JigsawError "bad-option" that names the first field that does not fit */
export function checkRequest<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const place = path.length ? path.map(String).join(".") : "the request";
  throw new JigsawError("bad-option", `${place}: ${message}`, "src/studio/protocol.ts says what is taken.");
}
