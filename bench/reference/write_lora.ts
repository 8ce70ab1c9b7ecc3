// Writes adapters of ours, and checkpoints that adapters of peft's were merged into, for lora_fixtures.py.
//   npx tsx bench/reference/write_lora.ts DIR NAME=KIND...     (DIR as src/checkpoint/node/fixtures; the model of each adapter)
import { openNodeEngine } from "../../src/engine/node/sessions.ts";
import { writeOurs } from "../../src/model/lora.test-helper.ts";

const [root, ...models] = process.argv.slice(2);
if (!root) throw new Error("usage: npx tsx bench/reference/write_lora.ts DIR NAME=KIND...");

const engine = await openNodeEngine({ threads: 1 });
await writeOurs(engine, root, Object.fromEntries(models.map((model) => model.split("="))));
await engine.close();
