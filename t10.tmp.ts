import { readCheckpoint } from "./src/qwen3/checkpoint.ts";
import { openNodeEngine } from "./src/engine/node.ts";
import { objectives } from "./src/objectives/index.ts";
import { generatePuzzle, trainedFamilies } from "./src/puzzles/index.ts";
import { random } from "./src/random.ts";
import { gradientGraph } from "./src/train/programs.ts";
import { serialise } from "./src/graph/serialise.ts";
import { packBatch, totalWeight } from "./src/train/batch.ts";
import { patterns } from "./src/qwen3/patterns.ts";
const { config, weights } = await readCheckpoint(process.argv[2]!);
const engine = await openNodeEngine({threads:1});
const p = await engine.compile(serialise({loss: gradientGraph(config,16,false).loss!}));
for (const which of ["height","width","full","part"]) {
 let sum=0,n=0;
 for(let b=0;b<6;b++){
const ex = Array.from({length:16},(_,i)=>objectives["masked-diffusion"].example(generatePuzzle(trainedFamilies[(b*16+i)%47]!,"easy",777,b),(i+0.5)/16,random("q",i,b),{pattern:"grid-prompt",weighting:"uniform",fullMask:which==="full"?0.999:0,copies:1,sizeWeight:0.2}));
for (const e of ex) { let start=0; for (const q of e.parts) { const kind = q.from===undefined?"prompt":q.length===1?"height":q.length===2?"width":which==="full"?"full":"part"; if(kind!==which) for(let i=start;i<start+q.length;i++) (e.weights as number[])[i]=0; start+=q.length; } }
const w=totalWeight(ex); if(!w) continue;
sum+=((await engine.run(p,{...weights,...packBatch(ex,config,patterns["grid-prompt"],w)})).values.loss!.data[0] as number); n++; }
 console.log(which, sum/n);
}
