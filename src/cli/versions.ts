import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { packageFolder } from "../load.ts";

const read = (path: string): string => JSON.parse(readFileSync(path, "utf8")).version;

/** Versions of everything that decides the numbers of a run. */
export const versions = (): Record<string, string> => ({
  jigsaw: read(join(packageFolder, "package.json")),
  onnxruntime: read(createRequire(import.meta.url).resolve("onnxruntime-node/package.json")),
  node: process.versions.node,
});
