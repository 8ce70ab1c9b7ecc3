import { openNodeEngine } from "./src/engine/node.ts";
import { openTrainer } from "./src/train/trainer.ts";
import { initialWeights } from "./src/qwen3/initialise.ts";
import { patterns } from "./src/qwen3/patterns.ts";
import { defaultOptimizerSettings } from "./src/train/optimizers.ts";
import { objectives } from "./src/objectives/index.ts";
import { generatePuzzle } from "./src/puzzles/generate.ts"; import {flip} from "./src/puzzles/families/flip.ts"; import {recolour} from "./src/puzzles/families/recolour.ts"; import {tile} from "./src/puzzles/families/tile.ts"; import {half} from "./src/puzzles/families/half.ts"; const trainedFamilies=[flip,recolour,tile,half];
import { random } from "./src/random.ts";
import type { Qwen3Config } from "./src/qwen3/config.ts";
const config: Qwen3Config = {hiddenSize:128,layers:6,heads:4,kvHeads:2,headDim:32,intermediateSize:384,vocabSize:64,ropeTheta:30,rmsNormEps:1e-6,tieWordEmbeddings:true,maxPositions:4096,initializerRange:0.02,jigsaw:{objectives:["masked-diffusion"],pattern:"causal-prompt",positions:"grid",maskToken:16}};
const engine = await openNodeEngine();
const batch=16;
console.time("open");
const t = await openTrainer(engine,{config,pattern:patterns["causal-prompt"],batch,optimizer:"muon",settings:defaultOptimizerSettings,maxGradNorm:1,ema:0},initialWeights(config,1),undefined,0);
console.timeEnd("open");
let tokens=0,t0=performance.now();
for(let s=0;s<12;s++){
  const g0=performance.now();
  const ex=Array.from({length:batch},(_,i)=>objectives["masked-diffusion"].example(generatePuzzle(trainedFamilies[(s*batch+i)%trainedFamilies.length]!,"easy",s,i),(i+0.5)/batch,random("x",s,i),{pattern:"causal-prompt",weighting:"uniform",copies:1}));
  const g1=performance.now();
  const r=await t.step([ex],{learningRate:3e-3,muonLearningRate:0.02});
  const n=Math.max(...ex.map(e=>e.tokens.length))*batch;
  console.log(s,r, "gen",(g1-g0).toFixed(0),"step",(performance.now()-g1).toFixed(0),"padded tokens",n,"real",ex.reduce((a,e)=>a+e.tokens.length,0));
}
