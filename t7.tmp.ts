import { readCheckpoint } from "./src/qwen3/checkpoint.ts";
import { openNodeEngine } from "./src/engine/node.ts";
import { openModel } from "./src/qwen3/model.ts";
import { openContext } from "./src/decode/context.ts";
import { newLedger } from "./src/engine/ledger.ts";
import { generatePuzzle, trainedFamilies } from "./src/puzzles/index.ts";
import { promptOf } from "./src/decode/decoder.ts";
import { sizeSlot } from "./src/arc/tokens.ts";
import { best, sizeDistribution } from "./src/decode/distribution.ts";
const { config, weights } = await readCheckpoint(process.argv[2]!);
const engine = await openNodeEngine({threads:1});
const model = openModel(engine, config, weights);
console.log(config.jigsaw);
for (let i=0;i<4;i++){
const t=generatePuzzle(trainedFamilies[i]!,"easy",777,0); const p=promptOf(t,0);
for (const c of ["none","prompt"] as const){
const ctx=await openContext(model,p.tokens,c,newLedger());
const l=await ctx.look([sizeSlot("height",p.grid)]);
console.log(c,l.length,best(sizeDistribution(l,64,0)), t.test[0]!.output!.length, p.grid, [...l].map(x=>x.toFixed(1)).join(" "));
}}
