import type { Case } from "./check.test-helper.ts";
import { cast, mul } from "./elementwise.ts";
import type * as neuralOps from "./neural.ts";
import { crossEntropy, gather, gatherSum, logSoftmax, oneHot, rmsNorm, softmax, swiglu } from "./neural.ts";
import { at, normed, softened, sum, tabulate, zip } from "./reference.test-helper.ts";
import { constant, scalar } from "./tensor.ts";

type Cases = Readonly<Record<string, Case>>;

const looked = (rows: number, width: number): Case => ({
  operands: [{ shape: [rows, width] }, { shape: ["T", 2], draw: { below: rows } }],
  graph: (table, ids) => gather(table!, ids!),
  reference: (table, ids) =>
    tabulate([...ids!.shape, width], (i) => at(table!, [at(ids!, i.slice(0, -1)), i.at(-1)!])),
});

const EPS = 0.25;

export const neural = {
  oneHot: {
    ids: {
      operands: [{ shape: ["T"], draw: { below: 6 } }],
      graph: (ids) => oneHot(ids!, 6, constant([0], [])),
      reference: (ids) => tabulate([ids!.shape[0]!, 6], ([i, j]) => +(at(ids!, [i!]) === j)),
    },
  },
  gather: {
    "many rows": looked(13, 8),
    "few rows, each many times": looked(2, 8),
    "one id for every row": {
      operands: [{ shape: [1, 4] }, { shape: ["T"], draw: { below: 1 } }],
      graph: (table, ids) => gather(table!, ids!),
      reference: (table, ids) => tabulate([ids!.shape[0]!, 4], ([, j]) => at(table!, [0, j!])),
    },
  },
  gatherSum: {
    "three rows each": {
      operands: [{ shape: [7, 4] }, { shape: [2, "T", 3], draw: { below: 7 } }],
      graph: (table, ids) => gatherSum(table!, ids!),
      reference: (table, ids) =>
        tabulate([...ids!.shape.slice(0, 2), 4], ([b, t, j]) =>
          sum(3, (n) => at(table!, [at(ids!, [b!, t!, n]), j!])),
        ),
    },
  },
  rmsNorm: {
    // A large eps: one that the operator ignored, or the gradient forgot, would show.
    rows: {
      operands: [{ shape: ["T", 8] }, { shape: [8] }],
      graph: (x, weight) => rmsNorm(x!, weight!, EPS),
      reference: (x, weight) => normed(x!, weight!, EPS),
    },
    heads: {
      operands: [{ shape: [2, "T", 3, 4] }, { shape: [4] }],
      graph: (x, weight) => rmsNorm(x!, weight!, EPS),
      reference: (x, weight) => normed(x!, weight!, EPS),
    },
    "a vector": {
      operands: [{ shape: [5] }, { shape: [5] }],
      graph: (x, weight) => rmsNorm(x!, weight!, EPS),
      reference: (x, weight) => normed(x!, weight!, EPS),
    },
    "values so small that eps decides": {
      operands: [{ shape: ["T", 8] }, { shape: [8] }],
      graph: (x, weight) => rmsNorm(mul(x!, scalar(2 ** -12, x!)), weight!, 1e-6),
      reference: (x, weight) =>
        normed(
          zip((v) => v * 2 ** -12, x!),
          weight!,
          Math.fround(1e-6),
        ),
    },
  },
  swiglu: {
    rows: {
      operands: [{ shape: ["T", 6] }, { shape: ["T", 6] }],
      graph: swiglu,
      reference: (gate, up) => zip((x, y) => (x / (1 + Math.exp(-x))) * y, gate!, up!),
    },
  },
  softmax: {
    rows: { operands: [{ shape: ["T", 7] }], graph: softmax, reference: (a) => softened(a!) },
    "in a batch": { operands: [{ shape: [2, 3, "T", 5] }], graph: softmax, reference: (a) => softened(a!) },
    "scores that exp cannot hold": {
      operands: [{ shape: ["T", 5] }],
      graph: (a) => softmax(mul(a!, scalar(256, a!))),
      reference: (a) => softened(zip((x) => 256 * x, a!)),
      gradients: [],
    },
  },
  logSoftmax: {
    rows: {
      operands: [{ shape: ["T", 7] }],
      graph: logSoftmax,
      reference: (a) => zip(Math.log, softened(a!)),
    },
    "scores that exp cannot hold": {
      operands: [{ shape: ["T", 2] }],
      graph: (a) => logSoftmax(mul(a!, scalar(256, a!))),
      reference: (a) =>
        tabulate(a!.shape, ([i, j]) => {
          const gap = 256 * (at(a!, [i!, 1 - j!]) - at(a!, [i!, j!]));
          return gap > 30 ? -gap : -Math.log1p(Math.exp(gap));
        }),
      gradients: [],
    },
  },
  crossEntropy: {
    "weighted rows": {
      operands: [
        { shape: ["T", 6] },
        { shape: ["T"], draw: { below: 6 } },
        { shape: ["T"], draw: "positive" },
      ],
      graph: (logits, labels, weights) => crossEntropy(logits!, labels!, weights!),
      reference: (logits, labels, weights) => {
        const p = softened(logits!);
        const loss = sum(
          labels!.shape[0]!,
          (i) => -at(weights!, [i]) * Math.log(at(p, [i, at(labels!, [i])])),
        );
        return { shape: [], data: Float64Array.of(loss) };
      },
      gradients: [0],
    },
    "rows of no weight": {
      operands: [{ shape: ["T", 6] }, { shape: ["T"], draw: { below: 6 } }, { shape: ["T"], draw: "bool" }],
      graph: (logits, labels, weights) => crossEntropy(logits!, labels!, cast(weights!, logits!.dtype)),
      reference: (logits, labels, weights) => {
        const p = softened(logits!);
        const loss = sum(labels!.shape[0]!, (i) =>
          at(weights!, [i]) ? -Math.log(at(p, [i, at(labels!, [i])])) : 0,
        );
        return { shape: [], data: Float64Array.of(loss) };
      },
    },
  },
} satisfies Record<keyof typeof neuralOps, Cases>;
