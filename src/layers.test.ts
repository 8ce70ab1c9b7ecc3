/** The direction of imports, and the purity of the core. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = dirname(fileURLToPath(import.meta.url));

/** Layers from the ground up; a file imports from its own layer and those before it. */
const LAYERS = [
  "core/",
  "files/",
  "graph/",
  "engine/",
  "arc/",
  "puzzles/",
  "datasets/",
  "hub/",
  "sequence/",
  "model/",
  "checkpoint/",
  "objectives/",
  "train/",
  "decode/",
  "decode/decoders/",
  "solve/",
  "web.ts",
  "load.ts",
  "evaluate/",
  "report/",
  "cluster/",
  "studio/shared/",
  "studio/server/",
  "studio/web/backend/",
  "studio/web/state/",
  "studio/web/export/",
  "studio/web/components/",
  "studio/web/play/",
  "studio/web/race/",
  "studio/web/touch/",
  "studio/web/learn/",
  "studio/web/runs/",
  "studio/web/puzzles/",
  "studio/",
  "cli/",
  "api/",
  "index.ts",
] as const;

/** Folders that run in a browser unchanged; a folder `node/` inside one of them needs Node. */
const PURE = [
  "core/",
  "graph/",
  "engine/",
  "arc/",
  "puzzles/",
  "sequence/",
  "model/",
  "checkpoint/",
  "objectives/",
  "train/",
  "decode/",
  "solve/",
  "evaluate/",
  "report/",
  "studio/shared/",
  "studio/web/",
  "web.ts",
  "api/decode.ts",
  "api/solve.ts",
  "api/train.ts",
];

/** What a pure file may import from outside: packages that run in a browser. */
const PURE_PACKAGES = [
  "@bufbuild/protobuf",
  "gifenc",
  "hono/html",
  "onnx-buf",
  "preact",
  "pure-rand",
  "uplot",
  "zod",
];

const isTest = (file: string) =>
  /\.test(-helper)?\.tsx?$/.test(file) ||
  file.split("/").some((part) => part === "testing" || part === "e2e");
/** The page is built by Node. */
const isPure = (file: string) =>
  PURE.some((start) => file.startsWith(start)) &&
  !file.split("/").includes("node") &&
  !file.endsWith("vite.config.ts");

const sources = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(sep).join("/"))
  .filter((file) => /\.tsx?$/.test(file) && !isTest(file));

/** What a file imports, as types too: files of ours by path under src, all else by name. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  const still = /^(?:import|export|\})(?:[^;"'=]*\bfrom)?\s*"([^"]+)"/gm;
  const lazy = /\bimport\(\s*"([^"]+)"/g;
  const found = [...text.matchAll(still), ...text.matchAll(lazy)];
  return found.map((match) => {
    const name = match[1]!;
    if (!name.startsWith(".")) return name;
    return relative(ROOT, join(ROOT, dirname(file), name))
      .split(sep)
      .join("/");
  });
}

const isOurs = (name: string) => /\.tsx?$/.test(name);
const isStyle = (name: string) => name.endsWith(".css");

/** The longest layer that a file lies in: decoders are above what they are made of. */
function layerOf(file: string): number {
  const within = LAYERS.filter((name) => file.startsWith(name)).toSorted((a, b) => b.length - a.length);
  return LAYERS.indexOf(within[0]!);
}

describe("imports", () => {
  it("are found at all", () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(importsOf("engine/node/sessions.ts")).toContain("onnxruntime-node");
    expect(importsOf("engine/node/remote.ts")).toEqual(
      expect.arrayContaining(["node:worker_threads", "core/rpc.ts", "engine/node/sessions.ts"]),
    );
    expect(importsOf("studio/web/shell.tsx")).toContain("studio/web/view-loader.tsx");
    expect(importsOf("cli/run.ts")).toContain("cli/train.ts");
  });

  it("are of files that exist, in layers that are known", () => {
    const unknown = sources.filter((file) => layerOf(file) < 0);
    expect(unknown).toEqual([]);
    const missing = sources.flatMap((file) =>
      importsOf(file)
        .filter((name) => isOurs(name) && !sources.includes(name))
        .map((name) => `${file} imports ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it("point downwards only", () => {
    const upwards = sources.flatMap((file) =>
      importsOf(file)
        .filter((name) => isOurs(name) && layerOf(name) > layerOf(file))
        .map((name) => `${file} imports ${name}`),
    );
    expect(upwards).toEqual([]);
  });

  it("do not go round in circles, lazy ones and the page's included", () => {
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      if (done.has(file)) return;
      done.add(file);
      for (const name of importsOf(file)) if (sources.includes(name)) visit(name, [...path, file]);
    };
    for (const file of sources) visit(file, []);
    expect(circles).toEqual([]);
  });
});

describe("the pure core", () => {
  const pure = sources.filter(isPure);

  it.each(PURE)("has files in %s", (start) => {
    expect(pure.filter((file) => file.startsWith(start))).not.toEqual([]);
  });

  it("imports nothing of Node, and only packages that run in a browser", () => {
    const impure = pure.flatMap((file) =>
      importsOf(file)
        .filter((name) => !isOurs(name) && !isStyle(name))
        .filter((name) => !PURE_PACKAGES.some((known) => name === known || name.startsWith(`${known}/`)))
        .map((name) => `${file} imports ${name}`),
    );
    expect(impure).toEqual([]);
  });

  it("imports only files that are as pure", () => {
    const impure = pure.flatMap((file) =>
      importsOf(file)
        .filter((name) => isOurs(name) && !isPure(name))
        .map((name) => `${file} imports ${name}`),
    );
    expect(impure).toEqual([]);
  });

  it("uses no global of Node", () => {
    const users = pure.filter((file) =>
      /\b(?:process|Buffer|__dirname|require)\b[.([]/.test(
        readFileSync(join(ROOT, file), "utf8").replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, ""),
      ),
    );
    expect(users).toEqual([]);
  });
});
