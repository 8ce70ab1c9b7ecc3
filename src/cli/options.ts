// A zod shape -> flags: one description of a verb's options serves the command line, its help and its checks.
import { type Command, Option } from "commander";
import * as z from "zod";
import { checkOptions, flagOf, type Values } from "../options.ts";

export { checkOptions, flagOf };

/** Looks through defaults and optionals at the type within. */
function unwrap(type: z.core.$ZodType): { type: z.core.$ZodType; standard?: unknown } {
  if (type instanceof z.ZodDefault) return { ...unwrap(type.unwrap()), standard: type.def.defaultValue };
  if (type instanceof z.ZodOptional) return unwrap(type.unwrap());
  return { type };
}

/** What a flag says about its values: "(a, b, c; default: a)". */
function valueNotes(element: z.core.$ZodType, list: boolean, standard: unknown): string {
  const notes = [
    element instanceof z.ZodEnum ? element.options.join(", ") : "",
    list ? "comma-separated" : "",
    // The schema fills in defaults; the command line only shows them.
    standard === undefined || standard === false ? "" : `default: ${standard}`,
  ].filter(Boolean);
  return notes.length ? ` (${notes.join("; ")})` : "";
}

/** Adds a flag for every field of a schema to a command, under a heading of its help. */
export function addOptions(command: Command, schema: z.ZodObject, heading = "Options:"): Command {
  for (const [name, field] of Object.entries(schema.shape)) {
    const { type, standard } = unwrap(field);
    const list = type instanceof z.ZodArray;
    const element = list ? type.element : type;
    const description = z.globalRegistry.get(field)?.description ?? "";
    const add = (flags: string, text: string) =>
      command.addOption(new Option(flags, text).helpGroup(heading));
    if (type instanceof z.ZodBoolean) {
      add(flagOf(name), description);
      const negative = new Option(`--no-${flagOf(name).slice(2)}`).helpGroup(heading);
      command.addOption(standard === true ? negative : negative.hideHelp());
    } else {
      const kind =
        element instanceof z.ZodNumber ? "number" : element instanceof z.ZodEnum ? "name" : "value";
      add(`${flagOf(name)} <${list ? `${kind}s` : kind}>`, description + valueNotes(element, list, standard));
    }
  }
  return command;
}

/** A number as people write it; anything else stays text, to be refused by the schema. */
function parseNumber(text: string): number | string {
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value) ? text : value;
}

/** Picks a schema's fields out of what commander read, and turns their text into the fields' types. */
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

/** What commander read, typed, checked and with defaults. */
export const readOptions = <T extends z.ZodObject>(schema: T, raw: Values): z.infer<T> =>
  checkOptions(schema, typedOptions(schema, raw));
