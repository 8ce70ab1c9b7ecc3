import type { JigsawError } from "../core/errors.ts";
import { badTask } from "./check.ts";

/** Says where the text stops being JSON, as far as the engine tells. */
function syntaxError(text: string, file: string, { message }: SyntaxError): JigsawError {
  const ended = message.includes("end of JSON input");
  const position = ended ? text.length : Number(/at position (\d+)/.exec(message)?.[1] ?? Number.NaN);
  const reason =
    position >= text.length ? "the text ends too early" : message.replace(/( in JSON)? at position.*$/s, "");
  const place = Number.isNaN(position) ? "" : ` at position ${position}`;
  return badTask(
    { file },
    `not valid JSON${place}: ${reason}`,
    "Is the file complete? Fetch or write it again.",
  );
}

/** The index of the quote that ends the string begun at `start`: the first one not escaped. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return end;
  }
}

/** The first key that occurs twice in one object of a valid JSON text. */
export function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  // Of all tokens only braces and strings matter, and of these the ones before a colon: the keys.
  const token = /["{}]/g;
  const colon = /\s*:/y;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    if (match[0] === "{") open.push(new Set());
    else if (match[0] === "}") open.pop();
    else {
      token.lastIndex = colon.lastIndex = stringEnd(text, match.index) + 1;
      if (!colon.test(text)) continue;
      const key: string = JSON.parse(text.slice(match.index, token.lastIndex));
      const keys = open.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

/**
 * Parses JSON. Throws `bad-task` with the position of a syntax error, and for a key given twice,
 * which JSON.parse would let overwrite the first. `file` names the text's place in messages.
 */
export function parseJson(text: string, file: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw syntaxError(text, file, error as SyntaxError);
  }
  const key = repeatedKey(text);
  if (key !== undefined) {
    throw badTask(
      { file },
      `the key ${JSON.stringify(key)} is given twice in one object`,
      "Remove one of them.",
    );
  }
  return value;
}
