import { generatePuzzle, trainedFamilies, families } from "./src/puzzles/index.ts";
let bad=0; const t0=performance.now(); let n=0; const len:Record<string,number>={};
for (const f of Object.values(families)) for (let i=0;i<400;i++) { try { generatePuzzle(f,"easy",5,i); n++; } catch(e) { bad++; if(bad<5) console.log(f.name, String(e)); } }
console.log({n,bad, perSecond: n/(performance.now()-t0)*1000, trained: trainedFamilies.length});
