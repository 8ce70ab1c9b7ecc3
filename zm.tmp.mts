import { InferenceSession, Tensor } from "onnxruntime-node";
import { serialise } from "./src/graph/serialise.ts";
import { input, scalar, type Tensor as T } from "./src/graph/tensor.ts";
import { matmul, swapLast, gemm } from "./src/graph/linear.ts";
import { add, mul, sub, silu, sigmoid, scale } from "./src/graph/elementwise.ts";
import { softmax } from "./src/graph/neural.ts";
import { reduceSum } from "./src/graph/reduce.ts";
import { concat } from "./src/graph/shape.ts";
const B = Number(process.env.B ?? 4), threads = Number(process.env.TH ?? 1);
const q = input("q", [B, 2, 640, 32]), k = input("k", [B, 2, 320, 32]), v = input("v", [B, 2, 320, 32]), p = input("p", [B, 2, 640, 320]), g = input("g", [B, 2, 640, 32]), bias = input("bias", [B, 1, 640, 320]), ds = input("ds", [B, 2, 640, 320]), r = input("r", [B, 2, 640, 1]), ones = input("ones", [B, 2, 320, 1]);
const a = input("a", [B * 320, 384]), b = input("b", [B * 320, 384]), h = input("h", [B * 320, 384]);
const x128 = input("x128", [B * 320, 128]), w = input("w", [384, 128]);
const cases: Record<string, T[]> = {
  "scores q k'": [matmul(q, swapLast(k))],
  "dv = p' g": [matmul(swapLast(p), g)],
  "dv = (g' p)'": [swapLast(matmul(swapLast(g), p))],
  "dq = ds k": [matmul(ds, k)],
  "add bias": [add(p, bias)],
  "softmax": [softmax(p)],
  "softmax(add bias)": [softmax(add(p, bias))],
  "ds = p*(dp-r)": [mul(p, sub(matmul(g, swapLast(v)), r))],
  "ds = p*(aug)": [mul(p, matmul(concat([g, r], -1), swapLast(concat([v, ones], -1))))],
  "mul pp": [mul(p, ds)],
  "swiglu fwd": [mul(silu(a), b)],
  "sigmoid": [sigmoid(a)],
  "mul ab": [mul(a, b)],
  "gemm x w'": [gemm(x128, w, { transB: true })],
  "gemm h w": [gemm(h, w)],
  "gemm h' x": [gemm(h, x128, { transA: true })],
  "gemm (x' h)": [gemm(x128, h, { transA: true })],
};
const only = process.argv[2];
const sessions: [string, InferenceSession, Record<string, Tensor>][] = [];
for (const [name, ys] of Object.entries(cases)) {
  if (only && !name.match(only)) continue;
  const s = await InferenceSession.create(serialise(Object.fromEntries(ys.map((y, i) => ["y" + i, y]))), { executionProviders: ["cpu"], intraOpNumThreads: threads });
  const f: Record<string, Tensor> = {};
  for (const m of s.inputMetadata as any[]) f[m.name] = new Tensor("float32", Float32Array.from({ length: m.shape.reduce((x: number, y: number) => x * y, 1) }, () => Math.random() - 0.5), m.shape);
  sessions.push([name, s, f]);
}
const t = new Map<string, number[]>();
for (let i = 0; i < 15; i++) for (const [n, s, f] of sessions) { const t0 = performance.now(); await s.run(f); (t.get(n) ?? t.set(n, []).get(n)!).push(performance.now() - t0); }
for (const [n, ts] of t) { ts.sort((a, b) => a - b); console.log(n.padEnd(24), "min", ts[0]!.toFixed(2), "med", ts[7]!.toFixed(2)); }
