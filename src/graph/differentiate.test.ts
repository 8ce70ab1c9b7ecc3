// How gradients flow through a graph as a whole; ops.test.ts checks them operator by operator.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";
import { evaluate } from "./check.test-helper.ts";
import { differentiate } from "./differentiate.ts";
import { add, cast, detach, exp, max, mul, reduceSum, scale } from "./elementwise.ts";
import { expand, reshape } from "./movement.ts";
import { customVjp, input, type Tensor } from "./tensor.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openNodeEngine();
});
afterAll(() => engine.close());

const feed = (...values: number[]) => ({ dims: [values.length], data: Float64Array.from(values) });
const variable = (name: string) => input(name, [2], "float64");
const total = (t: Tensor) => reshape(reduceSum(t, [0]), []);

/** The gradients of the loss at x = [2, 3] and y = [5, 7]. */
async function gradientsOf(loss: (x: Tensor, y: Tensor) => Tensor, wanted: "x" | "y" | "xy" = "xy") {
  const x = variable("x");
  const y = variable("y");
  const variables = [...wanted].map((name) => (name === "x" ? x : y));
  const gradients = differentiate(loss(x, y), variables);
  const outputs = Object.fromEntries(gradients.map((gradient, i) => [`g${i}`, gradient]));
  const found = await evaluate(
    engine,
    { ...outputs, "x as it was": x, "y as it was": y },
    { x: feed(2, 3), y: feed(5, 7) },
  );
  return gradients.map((_, i) => [...found[`g${i}`]!.data]);
}

describe("differentiate", () => {
  it("adds up what comes along several paths", async () => {
    const loss = (x: Tensor, y: Tensor) => {
      const square = mul(x, x);
      return total(add(mul(square, y), add(square, x)));
    };
    expect(await gradientsOf(loss)).toEqual([
      [2 * 2 * 5 + 2 * 2 + 1, 2 * 3 * 7 + 2 * 3 + 1],
      [4, 9],
    ]);
  });

  it("keeps the order of the variables", async () => {
    const variables = ["x", "y"].map(variable) as [Tensor, Tensor];
    const [dy, dx] = differentiate(total(mul(variables[0], scale(variables[1], 3))), variables.toReversed());
    const found = await evaluate(engine, { dx: dx!, dy: dy! }, { x: feed(2, 3), y: feed(5, 7) });
    expect([[...found.dx!.data], [...found.dy!.data]]).toEqual([
      [15, 21],
      [6, 9],
    ]);
  });

  it("takes a variable that is itself computed", async () => {
    const x = variable("x");
    const middle = scale(x, 3);
    const [gradient] = differentiate(total(mul(middle, middle)), [middle]);
    const found = await evaluate(engine, { gradient: gradient! }, { x: feed(2, 3) });
    expect([...found.gradient!.data]).toEqual([12, 18]);
  });

  it("is 1 of a scalar by itself", async () => {
    const loss = input("loss", [], "float64");
    const found = await evaluate(
      engine,
      { one: differentiate(loss, [loss])[0]! },
      {
        loss: { dims: [], data: Float64Array.of(5) },
      },
    );
    expect([...found.one!.data]).toEqual([1]);
  });

  it("stops at what is detached", async () => {
    expect(await gradientsOf((x, y) => total(mul(x, mul(detach(x), y))), "x")).toEqual([[2 * 5, 3 * 7]]);
    expect(() => differentiate(total(detach(variable("x"))), [variable("x")])).toThrow("does not depend");
  });

  it("follows a customVjp's own gradient, and runs its body", async () => {
    const loss = (x: Tensor) => total(customVjp([x], mul(x, x), (g) => [scale(g, 100)]));
    expect(await gradientsOf(loss, "x")).toEqual([[100, 100]]);
    const x = variable("x");
    const found = await evaluate(engine, { loss: loss(x) }, { x: feed(2, 3) });
    expect([...found.loss!.data]).toEqual([13]);
  });

  it("differentiates gradients again", async () => {
    const x = variable("x");
    const [first] = differentiate(total(mul(x, mul(x, x))), [x]);
    const [second] = differentiate(total(first!), [x]);
    const found = await evaluate(engine, { second: second! }, { x: feed(2, 3) });
    expect([...found.second!.data]).toEqual([12, 18]);
  });

  it("handles graphs deeper than the call stack", () => {
    const x = variable("x");
    let deep = x;
    for (let i = 0; i < 20_000; i++) deep = add(deep, x);
    expect(differentiate(total(deep), [x])[0]!.shape).toEqual([2]);
  });

  it("refuses what it cannot do, naming the operator", () => {
    const x = variable("x");
    const y = variable("y");
    expect(() => differentiate(x, [x])).toThrow("differentiate of [2]: the loss must be a scalar");
    expect(() => differentiate(total(x), [x, y])).toThrow("the loss does not depend on variable 1");
    expect(() => differentiate(total(max(x, y)), [x])).toThrow("Max of [2]: has no gradient");
    const wide = expand(reshape(x, [2, 1]), input("like", [2, 3], "float64"));
    expect(() => differentiate(reshape(reduceSum(wide, [0, 1]), []), [x])).toThrow(
      "Expand of [2, 3]: has no",
    );
    const wrong = customVjp([x], exp(x), (g) => [reduceSum(g, [0])]);
    expect(() => differentiate(total(wrong), [x])).toThrow(
      "gradient of customVjp of [1]: the operand has shape [2]",
    );
  });

  it("lets operators without a gradient stand where none is wanted", async () => {
    expect(await gradientsOf((x, y) => total(mul(x, max(y, detach(y)))), "x")).toEqual([[5, 7]]);
    const loss = (x: Tensor) => total(add(x, cast(cast(x, "int64"), "float64")));
    expect(await gradientsOf(loss, "x")).toEqual([[1, 1]]);
  });
});
