import { trainCommand } from "./src/cli/train.ts";
await trainCommand().parseAsync(process.argv.slice(2), {from:"user"});
