import { configOf, exampleBatch, OPTIONS, PATTERN, RATES, SHAPES } from "./bench/train-step-case.ts";
import { openNodeEngine } from "./src/engine/node.ts";
import { initialWeights } from "./src/qwen3/initialise.ts";
import { packBatch } from "./src/train/batch.ts";
import { openTrainer } from "./src/train/trainer.ts";

const shape = SHAPES[(process.argv[2] ?? "shipped") as "shipped"];
const config = configOf(shape),
  w = initialWeights(config, 1),
  ex = exampleBatch(shape);
const e = await openNodeEngine({ threads: Number(process.argv[3] ?? 1) });
const M = Number(process.argv[4] ?? 4);
const log: number[] = [];
const timed = {
  ...e,
  async run(p: number, f: any) {
    const t = performance.now();
    const r = await e.run(p, f);
    log.push(performance.now() - t);
    return r;
  },
};
for (const optimizer of ["adamw", "muon"] as const) {
  const t = await openTrainer(
    timed,
    { ...OPTIONS, optimizer, config, pattern: PATTERN, batch: M },
    w,
    undefined,
    0,
  );
  for (let i = 0; i < 6; i++) {
    log.length = 0;
    const t0 = performance.now();
    await t.step(
      Array.from({ length: shape.batch / M }, (_, i) => ex.slice(i * M, i * M + M)),
      RATES,
    );
    const all = performance.now() - t0;
    console.log(
      optimizer,
      all.toFixed(0),
      log.map((x) => x.toFixed(0)).join(" "),
      "rest",
      (all - log.reduce((a, b) => a + b)).toFixed(0),
    );
  }
}
const t0 = performance.now();
packBatch(ex, config, PATTERN, 1);
console.log("pack", performance.now() - t0);
