// A decoder with its options as the word that the command line takes: "steps:steps=30:order=entropy".

import { kebab } from "../../../core/names.ts";
import type { OptionAbout, Values } from "../../../core/options.ts";
import type { DecoderAbout, ModelAbout } from "../../shared/protocol.ts";

/** What was set, by the option's name; what is left out, or "", is the default. */
export type Settings = Readonly<Record<string, string>>;

/** A decoder with the settings of its form; "" and missing settings stand for defaults. */
export interface Spec {
  readonly decoder: string;
  /** Empty for the decoder's own. */
  readonly model: string;
  readonly settings: Settings;
}

/** Options that a form can show: those that hold one value. */
export const shownOptions = (options: readonly OptionAbout[]): OptionAbout[] =>
  options.filter(({ list }) => !list);

/** The word, options that differ from their default only. */
export function wordOf({ decoder, settings }: Spec, options: readonly OptionAbout[]): string {
  const parts = shownOptions(options).flatMap(({ name, default: standard }) => {
    const value = settings[name];
    return value === undefined || value === "" || value === String(standard)
      ? []
      : [`:${kebab(name)}=${value}`];
  });
  return decoder + parts.join("");
}

/** The parts of a word; options keep the name under which they are known. */
export function specOf(word: string, options: readonly OptionAbout[], model = ""): Spec {
  const [decoder = "", ...parts] = word.split(":");
  const settings = parts.map((part) => {
    const [spelt = "", value = "true"] = part.split(/=(.*)/s);
    return [options.find(({ name }) => kebab(name) === spelt)?.name ?? spelt, value] as const;
  });
  return { decoder, model, settings: Object.fromEntries(settings) };
}

/** A setting's text as the value that the decoder's own schema makes of it. */
function typed({ kind }: OptionAbout, text: string): unknown {
  if (kind === "switch") return text === "true";
  return kind === "number" ? Number(text) : text;
}

/** All options that a decoder runs with: those that are set, and the defaults of the rest. */
export const valuesOf = ({ settings }: Spec, options: readonly OptionAbout[]): Values =>
  Object.fromEntries(
    options.flatMap((option) => {
      const text = settings[option.name];
      const value = text === undefined || text === "" ? option.default : typed(option, text);
      return value === undefined ? [] : [[option.name, value]];
    }),
  );

/** Models that were trained for what a decoder needs. */
export const modelsFor = ({ needs }: DecoderAbout, models: readonly ModelAbout[]): ModelAbout[] =>
  models.filter(({ objectives }) => needs.every((need) => objectives.includes(need)));
