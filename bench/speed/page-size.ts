// How much code the studio's page has: all that a visitor can come to load, but for the worker of static sites (which has
// the models' part) and the runtime.
//
//   npx tsx bench/speed/page-size.ts [FOLDER]
//
// The folder of a built page; by default dist/studio/web, as `npm run build` writes it.
import { fileURLToPath } from "node:url";
import { table } from "../statistics.ts";
import { codeOf, total } from "./page-files.ts";

const built = fileURLToPath(new URL("../../dist/studio/web", import.meta.url));
const files = await codeOf(process.argv[2] ?? built);
const row = (name: string, bytes: number, gzipped: number) => [name, String(bytes), String(gzipped)];
console.log(
  table(
    ["file", "bytes", "gzipped"],
    [
      ...files.map(({ name, bytes, gzipped }) => row(name, bytes, gzipped)),
      row(`all ${files.length}`, total(files, "bytes"), total(files, "gzipped")),
    ],
  ),
);
