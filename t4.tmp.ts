import { readCheckpoint } from "./src/qwen3/checkpoint.ts";
import { openModel } from "./src/qwen3/model.ts";
import { openNodeEngine } from "./src/engine/node.ts";
import { newLedger } from "./src/engine/ledger.ts";
import { decoders } from "./src/decode/index.ts";
import { promptOf } from "./src/decode/decoder.ts";
import { generatePuzzle, trainedFamilies } from "./src/puzzles/index.ts";
import { equalGrids, sameSize } from "./src/arc/grid.ts";
import { cellAccuracy } from "./src/arc/score.ts";
const [dir, name, steps, per] = process.argv.slice(2);
const { config, weights } = await readCheckpoint(dir!);
const engine = await openNodeEngine({threads:1});
const model = openModel(engine, config, weights);
let right=0,total=0,sizes=0,cells=0; const fam: Record<string,number>={};
for (const f of trainedFamilies) for (let i=0;i<Number(per);i++){
  const task = generatePuzzle(f,"easy",777,i);
  const ledger=newLedger();
  const gen = decoders[name as "steps"].decode(model,promptOf(task,0),{cache:"prompt",steps:Number(steps)},ledger);
  let r; while(!(r=await gen.next()).done){}
  const g=r.value[0]!.grid, a=task.test[0]!.output!;
  total++; const ok=equalGrids(g,a); if(ok){right++;fam[f.name]=(fam[f.name]??0)+1}
  if(sameSize(g,a)) sizes++; cells+=cellAccuracy(g,a);
}
console.log(dir, name, steps, {right,total,rate:right/total,sizes:sizes/total,cells:cells/total}); console.log(JSON.stringify(fam));
