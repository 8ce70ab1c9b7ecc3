// Parsed JSON, and what parsing it does not tell.

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The index of the quote that ends the string begun at `start`: the first one not escaped. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return end;
  }
}

/**
 * The first key that an object in `text` has twice, or undefined. `text` must be valid JSON.
 * `JSON.parse` keeps the last of the two without a word, so two readers can see two different files.
 */
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
