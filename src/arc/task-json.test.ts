import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "./task-json.ts";

describe("parseJson", () => {
  it("reads what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseJson(text, "f")).toEqual(JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });

  it("says where a cut text ends, wherever it was cut", () => {
    const text = JSON.stringify({ id: { train: [[1, 2.5], 'a\\"b'], test: [true, null, -3] } });
    for (let end = 0; end < text.length; end++) {
      expect(() => parseJson(text.slice(0, end), "data.json")).toThrow(
        `data.json: not valid JSON at position ${end}: the text ends too early`,
      );
    }
  });

  it("says what is wrong inside a text", () => {
    expect(() => parseJson("[1 2]", "f")).toThrow(
      /^f: not valid JSON at position 3: Expected ','[^:]*element$/,
    );
    expect(() => parseJson('{"a":1} x', "f")).toThrow(
      /^f: not valid JSON at position 8: Unexpected [a-z- ]+JSON$/,
    );
    expect(() => parseJson("[1,}", "f")).toThrow(/^f: not valid JSON.*: Unexpected token '}'/);
  });

  it.each([
    ['{"a":1,"b":{"c":2},"a":3}', '"a"'],
    ['[{"a":{"b":1, "b" : 2}}]', '"b"'],
    ['{"\\u0061":1,"a":2}', '"a"'],
    ['{"\\\\":1,"\\\\":2}', '"\\\\\\\\"'],
    ['{"a\\"{":1,"a\\"{":2}', '"a\\\\"{"'],
    ['{"__proto__":1,"__proto__":2}', '"__proto__"'],
  ])("refuses a key given twice in one object: %s", (text, key) => {
    expect(() => parseJson(text, "f")).toThrow(
      new RegExp(`^f: the key ${key.replace("{", "\\{")} is given twice`),
    );
  });

  it("accepts a key again in another object, and as a value", () => {
    const text = '[{"a":{"a":"a"}},{"a":["a","a",":","}","{\\""]}]';
    expect(parseJson(text, "f")).toEqual(JSON.parse(text));
  });

  it("withstands long strings and deep nesting", () => {
    const long = JSON.stringify({ a: '"'.repeat(2_000_000) });
    expect(parseJson(long, "f")).toEqual(JSON.parse(long));
    expect(() => parseJson(`${"[".repeat(200_000)}{"a":1,"a":2}${"]".repeat(200_000)}`, "f")).toThrow(
      /"a" is given twice/,
    );
  });
});
