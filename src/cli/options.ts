// A zod schema -> flags: one description of a verb's options serves the command line, its help and its checks.
import { type Command, Option } from "commander";
import * as z from "zod";
import { JigsawError } from "../errors.ts";

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

interface Described {
  readonly type: z.core.$ZodType;
  readonly standard: unknown;
}

/** Looks through defaults and optionals at the type within. */
function unwrap(type: z.core.$ZodType): Described {
  if (type instanceof z.ZodDefault) return { ...unwrap(type.unwrap()), standard: type.def.defaultValue };
  if (type instanceof z.ZodOptional) return unwrap(type.unwrap());
  return { type, standard: undefined };
}

const choices = (type: z.core.$ZodType): string =>
  type instanceof z.ZodEnum ? ` (${type.options.join(", ")})` : "";

/** Adds a flag for every field of the schema to a command. */
export function addOptions(command: Command, schema: z.ZodObject): Command {
  for (const [name, field] of Object.entries(schema.shape) as [string, z.ZodType][]) {
    const { type, standard } = unwrap(field);
    const list = type instanceof z.ZodArray;
    const element = list ? type.element : type;
    const value =
      type instanceof z.ZodBoolean ? "" : element instanceof z.ZodNumber ? " <number>" : " <value>";
    const option = new Option(
      `--${kebab(name)}${value}`,
      `${field.description ?? ""}${choices(element)}${list ? ", comma-separated" : ""}`,
    );
    if (standard !== undefined && standard !== false) {
      // The schema fills in defaults; the command line only shows them.
      option.description += ` [${Array.isArray(standard) ? standard.join(",") : standard}]`;
    }
    command.addOption(option);
  }
  return command;
}

/** Turns what commander read into the schema's types, and refuses what does not fit by the flag's name. */
export function readOptions<T extends z.ZodObject>(
  schema: T,
  raw: Readonly<Record<string, unknown>>,
): z.infer<T> {
  const typed: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema.shape) as [string, z.ZodType][]) {
    const text = raw[name];
    if (text === undefined) continue;
    const { type } = unwrap(field);
    if (type instanceof z.ZodArray) typed[name] = String(text).split(",");
    else typed[name] = type instanceof z.ZodNumber ? Number(text) : text;
  }
  const parsed = schema.safeParse(typed);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const flag = kebab(String(issue.path[0]));
  throw new JigsawError(
    "bad-option",
    `--${flag} ${raw[String(issue.path[0])]}: ${issue.message}`,
    `See --help.`,
  );
}
