/** The end of the string that opens at `start`: the index of its closing quote. */
function closingQuote(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  return end;
}

const isSpace = (char: string | undefined): boolean =>
  char === " " || char === "\n" || char === "\r" || char === "\t";

/**
 * The first key that an object in `text` has twice, or undefined. `text` must be valid JSON.
 * `JSON.parse` keeps the last of the two without a word, so two readers can see two different files.
 */
export function repeatedKey(text: string): string | undefined {
  const objects: Set<string>[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === "{") objects.push(new Set());
    else if (char === "}") objects.pop();
    else if (char === '"') {
      const start = i;
      i = closingQuote(text, start);
      let next = i + 1;
      while (isSpace(text[next])) next++;
      if (text[next] !== ":") continue;
      const key: string = JSON.parse(text.slice(start, i + 1));
      const seen = objects.at(-1)!;
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return undefined;
}
