import { InferenceSession, Tensor } from "onnxruntime-node";
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { configOf, exampleBatch, OPTIONS, PATTERN, SHAPES } from "./bench/train-step-case.ts";
import { serialise } from "./src/graph/serialise.ts";
import { initialWeights } from "./src/qwen3/initialise.ts";
import { packBatch, totalWeight } from "./src/train/batch.ts";
import { gradientGraph, updateGraph } from "./src/train/programs.ts";
const shape = { ...SHAPES[(process.argv[2] ?? "shipped") as "shipped"], batch: Number(process.env.B ?? 16) };
const threads = Number(process.argv[3] ?? 1);
const mode = process.argv[4] ?? "grad";
const config = configOf(shape), w = initialWeights(config, 1), ex = exampleBatch(shape);
const feeds: Record<string, Tensor> = {};
const T = (d: any) => new Tensor(d.bool ? "bool" : d.data instanceof BigInt64Array ? "int64" : "float32", d.data, d.dims);
for (const [k, v] of Object.entries({ ...w, ...packBatch(ex, config, PATTERN, totalWeight(ex)) })) feeds[k] = T(v);
const g = gradientGraph(config, shape.batch, false);
const model = serialise(mode === "fwd" ? { loss: g.loss! } : g);
const prof = process.argv[5] !== "noprof";
const s = await InferenceSession.create(model, { executionProviders: ["cpu"], enableMemPattern: mode==="fwd", intraOpNumThreads: threads, enableProfiling: prof, profileFilePrefix: "/tmp/num/prof", logSeverityLevel: 3 });
const ts: number[] = [];
for (let i = 0; i < 6; i++) { const t = performance.now(); await s.run(feeds); ts.push(performance.now() - t); }
console.log("runs", ts.map((t) => t.toFixed(0)).join(" "), "min", Math.min(...ts).toFixed(0));
if (prof) {
s.endProfiling(); await s.release();
const f = readdirSync("/tmp/num").filter((n) => n.startsWith("prof")).sort().at(-1)!;
const ev = JSON.parse(readFileSync("/tmp/num/" + f, "utf8"));
rmSync("/tmp/num/" + f);
const by = new Map<string, { us: number; n: number }>();
for (const e of ev) { if (e.cat !== "Node" || !e.name.endsWith("_kernel_time")) continue;
  const shapes = (e.args.input_type_shape ?? []).map((o: any) => Object.values(o)[0]).map((x: any) => "[" + x.join(",") + "]").join(" ");
  const key = process.argv[6] === "ops" ? e.args.op_name : e.args.op_name + " " + shapes;
  const o = by.get(key) ?? { us: 0, n: 0 }; o.us += e.dur; o.n++; by.set(key, o); }
const total = [...by.values()].reduce((a, b) => a + b.us, 0);
console.log("total/run ms", total / 6000);
for (const [k, o] of [...by].sort((a, b) => b[1].us - a[1].us).slice(0, 45)) console.log((o.us / 6000).toFixed(1).padStart(8), "ms", String(o.n / 6).padStart(4), k.slice(0, 150));
}
