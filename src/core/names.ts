// Names as people write them.
import { JigsawError } from "./errors.ts";

/** How a setting's name is spelt where people write it: "batchSize" is "batch-size". */
export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Finds `name` among `known`, or refuses it and lists the known ones. */
export function lookUp<T>(what: string, known: Readonly<Record<string, T>>, name: string): T {
  if (Object.hasOwn(known, name)) return known[name]!;
  throw new JigsawError(
    "bad-option",
    `unknown ${what} "${name}"`,
    `Known: ${Object.keys(known).join(", ")}.`,
  );
}
