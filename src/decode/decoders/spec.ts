// A decoder with its options and its model in one word: "steps", "steps:steps=30", "greedy:cache=none@runs/mine".
import { JigsawError } from "../../core/errors.ts";
import { kebab, lookUp } from "../../core/names.ts";
import { checkOptions, describeOptions, type OptionAbout, typedOptions } from "../../core/options.ts";
import type { DecodeOptions, Decoder } from "../define.ts";
import { decoders } from "./index.ts";

/** A decoder as a command names it. */
export interface DecoderSpec {
  /** The word in its usual spelling. */
  readonly label: string;
  readonly decoder: Decoder;
  /** The options that were given. */
  readonly given: DecodeOptions;
  /** All of the decoder's options, with its defaults. */
  readonly options: DecodeOptions;
  /** The model that was named, by folder or by a shipped name. */
  readonly model?: string;
}

const bad = (word: string, why: string, hint: string): JigsawError =>
  new JigsawError("bad-option", `decoder "${word}": ${why}`, hint);

const SWITCH: Readonly<Record<string, boolean>> = { true: true, false: false };

/** One "name=value"; a switch alone is turned on. Gives the option's own name and the text of its value. */
function readPart(word: string, known: readonly OptionAbout[], part: string): [string, unknown] {
  const [spelt, value] = part.includes("=")
    ? [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)]
    : [part, undefined];
  const name = kebab(spelt.trim()).replaceAll("_", "-");
  const option = known.find((one) => kebab(one.name) === name);
  if (!option) {
    const names = known.map((one) => kebab(one.name)).join(", ");
    throw bad(word, `unknown option "${spelt}"`, names ? `Known: ${names}.` : "It has no options.");
  }
  if (option.kind === "switch") return [option.name, SWITCH[value ?? "true"] ?? value];
  if (value === undefined) throw bad(word, `option "${name}" has no value`, `Write ${name}=VALUE.`);
  return [option.name, value];
}

/**
 * Reads `NAME[:OPTION=VALUE]...[@MODEL]`.
 * @throws JigsawError "bad-option" for an unknown decoder or option (listing the known ones) and for values that do not fit
 */
export function parseDecoder(word: string, known: Readonly<Record<string, Decoder>> = decoders): DecoderSpec {
  const at = word.indexOf("@");
  const [before, model] = at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1).trim()];
  if (model === "") throw bad(word, "names no model after @", "Write NAME@MODEL, or leave out the @.");
  const [name, ...parts] = before.split(":").map((part) => part.trim());
  const decoder = lookUp("decoder", known, name!);
  const about = describeOptions(decoder.options);
  const raw = new Map<string, unknown>();
  for (const part of parts) {
    const [option, value] = readPart(word, about, part);
    if (raw.has(option))
      throw bad(word, `option "${kebab(option)}" comes twice`, "Leave one of the two out.");
    raw.set(option, value);
  }
  const given = typedOptions(decoder.options, Object.fromEntries(raw));
  const options = checkOptions(decoder.options, given, (option) => `decoder "${word}": ${kebab(option)}`);
  const spelt = Object.entries(given).map(([option, value]) => `:${kebab(option)}=${value}`);
  return {
    label: `${name}${spelt.join("")}${model === undefined ? "" : `@${model}`}`,
    decoder,
    given,
    options,
    ...(model !== undefined && { model }),
  };
}

/** Reads several, separated by commas; refuses one that comes twice. */
export function parseDecoders(
  text: string,
  known: Readonly<Record<string, Decoder>> = decoders,
): DecoderSpec[] {
  const words = text.split(",").filter((word) => word.trim() !== "");
  const specs = words.map((word) => parseDecoder(word.trim(), known));
  const twice = specs.find(({ label }, i) => specs.findIndex((other) => other.label === label) < i);
  if (twice) throw bad(twice.label, "comes twice", "Leave one of the two out.");
  if (specs.length === 0)
    throw new JigsawError("bad-option", "no decoder is named", `Known: ${Object.keys(known).join(", ")}.`);
  return specs;
}
