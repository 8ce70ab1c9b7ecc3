// Every operator against its meaning in float64, and every gradient against central differences.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random } from "../core/random.ts";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { cases, namedCases } from "./cases.test-helper.ts";
import { checkAlong, checkEach } from "./check.test-helper.ts";
import { differentiate } from "./differentiate.ts";
import * as elementwise from "./elementwise.ts";
import * as linear from "./linear.ts";
import * as shape from "./movement.ts";
import * as neural from "./neural.ts";
import { gather } from "./neural.ts";
import { toOnnx } from "./onnx.ts";
import { input } from "./tensor.ts";

const SMALL = { T: 4, U: 3, N: 8 };
/** Long enough that ONNX Runtime shares the work out among its threads. */
const LARGE = { T: 4000, U: 3, N: 4004 };

let engine: Engine;
let single: Engine;
beforeAll(async () => {
  engine = await openNodeEngine({ threads: 4 });
  single = await openNodeEngine({ threads: 1 });
});
afterAll(() => Promise.all([engine.close(), single.close()]));

describe("every operator has a case", () => {
  it.each(Object.entries({ elementwise, shape, linear, neural }))("of %s", (module, operators) => {
    const covered: Record<string, object> = cases[module as keyof typeof cases];
    expect(Object.keys(covered).sort()).toEqual(Object.keys(operators).sort());
    for (const variants of Object.values(covered)) expect(Object.keys(variants)).not.toEqual([]);
  });
});

describe("in float64", () => {
  it.each(namedCases)("%s", (_, test) =>
    checkEach(engine, test, { lengths: SMALL, real: "float64", tolerance: 1e-12 }),
  );
});

describe("in float32", () => {
  it.each(namedCases)("%s", (_, test) => checkEach(engine, test, { lengths: SMALL, tolerance: 2e-6 }));
});

describe("with named dimensions", () => {
  it.each(namedCases)("%s", (_, test) =>
    checkEach(engine, test, { lengths: SMALL, named: true, tolerance: 2e-6 }),
  );
});

describe("at a length that several threads share", () => {
  it.each(namedCases)("%s", async (_, test) => {
    const options = { lengths: LARGE, named: true, tolerance: 5e-5 };
    await checkAlong(engine, test, options);
    await checkAlong(single, test, options);
  });
});

// ScatterND with reduction=add would lose a few per cent of these, and differently in every run.
it("gather's gradient counts every id when threads share the rows", async () => {
  const [width, count] = [64, 40_000];
  const table = input("table", [2, width]);
  const picked = gather(table, input("ids", ["T"], "int64"));
  const [gradient] = differentiate(shape.reshape(elementwise.reduceSum(picked, [0, 1]), []), [table]);
  const draw = random("ids");
  const ids = BigInt64Array.from({ length: count }, () => BigInt(draw.int(0, 1)));
  const ones = ids.reduce((sum, id) => sum + Number(id), 0);
  const program = await engine.compile(toOnnx({ gradient: gradient! }));
  for (let i = 0; i < 5; i++) {
    const { values } = await engine.run(program, {
      ids: { dims: [count], data: ids },
      table: { dims: [2, width], data: new Float32Array(2 * width) },
    });
    const found = new Set(values.gradient!.data as Float32Array);
    expect([...found]).toEqual([count - ones, ones]);
  }
});
