// Checks values from outside against a schema of zod or zod/mini, with our own words for each fault: pages that use
// zod/mini do not have zod's.
import * as z from "zod/v4/core";

/** The fault of an option: "must be at least 1". */
export function explain(issue: z.$ZodIssue): string {
  switch (issue.code) {
    case "too_small":
      return `must be ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`;
    case "too_big":
      return `must be ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}`;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_value":
      return `must be one of ${issue.values.join(", ")}`;
    case "invalid_type":
      return `must be a ${issue.expected === "int" ? "whole number" : issue.expected}`;
    default:
      return issue.message;
  }
}

const COUNTED: Readonly<Record<string, string>> = { array: "entries", string: "letters" };
const TYPES: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  object: "an object",
  record: "an object",
  string: "text",
  tuple: "a list",
};

/** The fault of a field of data; a schema's own words for it come first. */
const inWords = (issue: z.$ZodRawIssue): string => {
  if (issue.code === "too_big" || issue.code === "too_small") {
    const counted = COUNTED[issue.origin];
    const bound = issue.code === "too_big" ? `at most ${issue.maximum}` : `at least ${issue.minimum}`;
    if (counted) return `must have ${bound} ${counted}`;
  }
  if (issue.input === undefined) return "is missing";
  if (issue.code === "invalid_type") return `must be ${TYPES[issue.expected] ?? `a ${issue.expected}`}`;
  if (issue.code === "invalid_union") return "is none of what it can be";
  return explain(issue as z.$ZodIssue) ?? "does not fit";
};

/**
 * The value as the schema gives it.
 * @param refuse makes the error from the place of the first fault ("cells.0", or "" for the value itself) and the fault
 * ("must be a number")
 */
export function checkShape<T extends z.$ZodType>(
  schema: T,
  value: unknown,
  refuse: (place: string, fault: string) => Error,
): z.output<T> {
  const parsed = z.safeParse(schema, value, { error: inWords });
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw refuse(path.map(String).join("."), message);
}
