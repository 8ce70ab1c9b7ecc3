import { openEngine } from "./src/engine/open.ts";
const e = await openEngine({worker:true, threads:1}); console.log(e.device); await e.close();
