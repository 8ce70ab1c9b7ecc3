import type { JigsawError } from "../core/errors.ts";
import { repeatedKey } from "../core/json.ts";
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
