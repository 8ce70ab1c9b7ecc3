import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { repeatedKey } from "./json.ts";

describe("repeated keys", () => {
  it.each([
    ['{"a":1,"a":2}', "a"],
    ['{"a":1,"\\u0061":2}', "a"],
    ['{"x":{"shape":[1],"shape" : [2]}}', "shape"],
    ['{"\\"":1, "b":["{"], "\\"":2}', '"'],
    ['[{"__proto__":1,\n"__proto__"\t:2}]', "__proto__"],
  ])("finds the one in %s", (text, key) => {
    JSON.parse(text);
    expect(repeatedKey(text)).toBe(key);
  });

  it.each([
    '{"a":{"a":{"a":"a"}},"b":["a","a","a:"]}',
    '[{"a":1},{"a":1}]',
    '{"a":"b\\"","c":"\\\\"}',
    '"a"',
    "1",
  ])("finds none in %s", (text) => expect(repeatedKey(text)).toBeUndefined());

  it("finds none in whatever JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(2), (text, indent) => {
        expect(repeatedKey(JSON.stringify(JSON.parse(text), undefined, indent))).toBeUndefined();
      }),
    );
  });
});
