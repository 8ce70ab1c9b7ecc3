// Checks what a page sends, and says in words what does not fit.
import type * as z from "zod";
import { JigsawError } from "../errors.ts";
import { explain } from "../options.ts";

const COUNTED: Readonly<Record<string, string>> = { array: "entries", string: "letters" };
const TYPES: Readonly<Record<string, string>> = {
  array: "a list",
  int: "a whole number",
  object: "an object",
  string: "text",
};

/** What is wrong with a field. */
function inWords(issue: z.core.$ZodIssue): string {
  if (issue.code === "too_big" || issue.code === "too_small") {
    const counted = COUNTED[issue.origin];
    const bound = issue.code === "too_big" ? `at most ${issue.maximum}` : `at least ${issue.minimum}`;
    if (counted) return `must have ${bound} ${counted}`;
  }
  if (issue.code === "invalid_type") {
    if (issue.message.endsWith("received undefined")) return "is missing";
    return `must be ${TYPES[issue.expected] ?? `a ${issue.expected}`}`;
  }
  if (issue.code === "invalid_union") return "is none of what it can be";
  return explain(issue);
}

/** @throws JigsawError "bad-option" that names the first field that does not fit */
export function checkRequest<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const place = issue.path.map(String).join(".") || "the request";
  throw new JigsawError("bad-option", `${place} ${inWords(issue)}`);
}
