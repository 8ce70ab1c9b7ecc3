import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashOf, parseHash, VIEWS } from "./routes.ts";

describe("routes", () => {
  it("come back from the hash that they make", () => {
    const params = fc.dictionary(fc.string({ minLength: 1 }), fc.string());
    fc.assert(
      fc.property(fc.constantFrom(...VIEWS), params, (view, given) => {
        expect(parseHash(hashOf(view, given))).toEqual({ view, params: { ...given } });
      }),
    );
  });

  it("lead to Touch where they are not known", () => {
    for (const hash of ["", "#", "#/", "#/nowhere", "#main"]) expect(parseHash(hash).view).toBe("touch");
  });
});
