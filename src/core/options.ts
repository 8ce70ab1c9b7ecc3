// Settings as zod schemas: one description serves flags, help, checks and defaults.
import * as z from "zod";
import { explain } from "./check-shape.ts";
import { JigsawError } from "./errors.ts";
import { kebab } from "./names.ts";

export type Values = Readonly<Record<string, unknown>>;

/** The flag of a setting: "batchSize" is "--batch-size". */
export const flagOf = (name: string): string => `--${kebab(name)}`;

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

/** Looks through defaults and optionals at the type within. */
export function unwrap(type: z.core.$ZodType): { type: z.core.$ZodType; standard?: unknown } {
  if (type instanceof z.ZodDefault) return { ...unwrap(type.unwrap()), standard: type.def.defaultValue };
  if (type instanceof z.ZodOptional) return unwrap(type.unwrap());
  return { type };
}

/** A number as people write it; anything else stays text, to be refused by the schema. */
function parseNumber(text: string): number | string {
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value) ? text : value;
}

/** Picks a schema's fields out of text by name, and turns each into the field's type. */
export function typedOptions(schema: z.ZodObject, raw: Values): Values {
  const typed: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema.shape)) {
    const text = raw[name];
    if (text === undefined) continue;
    const { type } = unwrap(field);
    if (type instanceof z.ZodArray) typed[name] = String(text).split(",");
    else typed[name] = type instanceof z.ZodNumber ? parseNumber(String(text)) : text;
  }
  return typed;
}

/** A setting described for people. */
export interface OptionAbout {
  readonly name: string;
  readonly about: string;
  readonly kind: "number" | "name" | "switch" | "value";
  /** The names that can be given, where it is one of them. */
  readonly values?: readonly string[];
  /** Whether several can be given. */
  readonly list: boolean;
  readonly default?: unknown;
}

/** The kind of a type that holds one value. */
function kindOf(type: z.core.$ZodType): OptionAbout["kind"] {
  if (type instanceof z.ZodBoolean) return "switch";
  if (type instanceof z.ZodNumber) return "number";
  return type instanceof z.ZodEnum ? "name" : "value";
}

/** Describes a schema's settings for people. */
export function describeOptions(schema: z.ZodObject): OptionAbout[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const { type, standard } = unwrap(field);
    const list = type instanceof z.ZodArray;
    const element = list ? type.element : type;
    return {
      name,
      about: z.globalRegistry.get(field)?.description ?? "",
      kind: kindOf(element),
      ...(element instanceof z.ZodEnum && { values: element.options.map(String) }),
      list,
      ...(standard !== undefined && { default: standard }),
    };
  });
}
