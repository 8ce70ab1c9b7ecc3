// Settings as zod schemas: one description serves flags, help, checks and defaults.
import type * as z from "zod";
import { JigsawError } from "./errors.ts";

export type Values = Readonly<Record<string, unknown>>;

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The flag of a setting: "batchSize" is "--batch-size". */
export const flagOf = (name: string): string => `--${kebab(name)}`;

/** What a value should have been, in words. */
function explain(issue: z.core.$ZodIssue): string {
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

/**
 * Checks values against a schema and fills in its defaults; refuses what does not fit.
 * @param spell how the user spelt a setting's name
 */
export function checkOptions<T extends z.ZodObject>(
  schema: T,
  values: Values,
  spell: (name: string) => string = flagOf,
): z.infer<T> {
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const name = String(issue.path[0]);
  if (values[name] === undefined) throw new JigsawError("bad-option", `${spell(name)} is needed`);
  throw new JigsawError("bad-option", `${spell(name)} ${String(values[name]) || '""'}: ${explain(issue)}`);
}
