import type { Case } from "./check.test-helper.ts";
import { elementwise } from "./elementwise-cases.test-helper.ts";
import { neural } from "./neural-cases.test-helper.ts";
import { linear, shape } from "./structure-cases.test-helper.ts";

/** Cases of every operator, by the module that it is in; the same run on every device. */
export const cases = { elementwise, shape, linear, neural };

export const namedCases: readonly (readonly [name: string, test: Case])[] = Object.values(cases).flatMap(
  (module) =>
    Object.entries(module as Record<string, Record<string, Case>>).flatMap(([op, variants]) =>
      Object.entries(variants).map(([variant, test]) => [`${op}: ${variant}`, test] as const),
    ),
);
