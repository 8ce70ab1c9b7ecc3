// A zod shape -> flags: one description of a verb's options serves the command line, its help and its checks.
import { type Command, Option } from "commander";
import * as z from "zod";
import {
  checkOptions,
  describeOptions,
  flagOf,
  type OptionAbout,
  typedOptions,
  type Values,
} from "../core/options.ts";
import { DEVICES } from "../engine/engine.ts";
import { PRECISIONS } from "../model/quantize.ts";

export { checkOptions, flagOf, typedOptions };

/** The flags of verbs that run a model. */
export const modelOptions = {
  device: z
    .enum(["auto", ...DEVICES])
    .default("auto")
    .describe("where to compute"),
  threads: z.int().positive().optional().describe("threads for one operator (default: all cores)"),
  weights: z
    .enum(PRECISIONS)
    .default("float32")
    .describe("float32, or int8: less memory and time for answers a little less exact; on the CPU"),
};

/** The values and the default of a setting, for its help: " (a, b, c; default: a)". */
export function valueNotes({ values, list, default: standard }: OptionAbout): string {
  const notes = [
    values?.join(", ") ?? "",
    list ? "comma-separated" : "",
    // The schema fills in defaults; the command line only shows them.
    standard === undefined || standard === false ? "" : `default: ${standard}`,
  ].filter(Boolean);
  return notes.length ? ` (${notes.join("; ")})` : "";
}

/** Adds a flag for every field of a schema to a command, under a heading of its help. */
export function addOptions(command: Command, schema: z.ZodObject, heading = "Options:"): Command {
  for (const option of describeOptions(schema)) {
    const { name, about, kind, list, default: standard } = option;
    const add = (flags: string, text: string) =>
      command.addOption(new Option(flags, text).helpGroup(heading));
    if (kind === "switch" && !list) {
      add(flagOf(name), about);
      const negative = new Option(`--no-${flagOf(name).slice(2)}`).helpGroup(heading);
      command.addOption(standard === true ? negative : negative.hideHelp());
    } else {
      const value = kind === "switch" ? "value" : kind;
      add(`${flagOf(name)} <${list ? `${value}s` : value}>`, about + valueNotes(option));
    }
  }
  return command;
}

/** The options that commander read: typed, checked, and with defaults. */
export const readOptions = <T extends z.ZodObject>(schema: T, raw: Values): z.infer<T> =>
  checkOptions(schema, typedOptions(schema, raw));
