/** The direction of imports, and the purity of the core. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = dirname(fileURLToPath(import.meta.url));

/** Layers from the ground up; a file imports from its own layer and those before it. */
const LAYERS = [
  "ground",
  "arc",
  "puzzles",
  "datasets",
  "hub",
  "graph",
  "engine",
  "qwen3",
  "objectives",
  "train",
  "decode",
  "solve",
  "web.ts",
  "load.ts",
  "evaluate",
  "studio",
  "cli",
  "index.ts",
] as const;

const GROUND = ["check-shape.ts", "errors.ts", "options.ts", "random.ts", "spelling.ts"];

/** Folders without a Node import, and files of the other folders that are as pure. */
const PURE = [
  "check-shape.ts",
  "errors.ts",
  "options.ts",
  "random.ts",
  "spelling.ts",
  "arc/",
  "puzzles/",
  "graph/",
  "objectives/",
  "decode/",
  "solve/",
  "studio/web/backend/",
];
const PURE_FILES = [
  "engine/engine.ts",
  "engine/ledger.ts",
  "engine/web.ts",
  "web.ts",
  ...[
    "attention",
    "bundle",
    "config",
    "config-fields",
    "diffusion-config",
    "dtype",
    "initialise",
    "inputs",
    "json-keys",
    "lora",
    "merge",
    "model",
    "pass",
    "patterns",
    "programs",
    "puzzle-text",
    "puzzle-tokenizer",
  ].map((name) => `qwen3/${name}.ts`),
  ...[
    "mask-spec",
    "quantise",
    "rotary",
    "safetensors",
    "stack",
    "stored",
    "unsupported",
    "vocabulary",
    "vocabulary-json",
    "weights",
  ].map((name) => `qwen3/${name}.ts`),
  ...[
    "batch",
    "batches",
    "gradients",
    "layerwise",
    "optimizers",
    "programs",
    "schedule",
    "self-conditioning",
    "stream",
    "trainer",
  ].map((name) => `train/${name}.ts`),
  "evaluate/text.ts",
  ...[
    "about",
    "check",
    "check-task",
    "decoding",
    "deflate",
    "failure",
    "limits",
    "protocol",
    "share",
    "shelf",
    "site",
    "summary",
  ].map((name) => `studio/${name}.ts`),
  ...["colours", "components/region", "puzzles/editor", "recording", "routes", "touch/canvas"].map(
    (name) => `studio/web/${name}.ts`,
  ),
  ...["score", "spec"].map((name) => `studio/web/play/${name}.ts`),
  ...["gif", "letters", "palette", "png", "raster", "scene", "svg", "trace"].map(
    (name) => `studio/web/export/${name}.ts`,
  ),
  ...["anatomy", "costs", "masking", "product", "puzzles"].map((name) => `studio/web/learn/${name}.ts`),
  ...["curves", "selection"].map((name) => `studio/web/runs/${name}.ts`),
];

/** What a pure file may import from outside: packages that run in a browser. */
const PURE_PACKAGES = ["@bufbuild/protobuf", "gifenc", "onnx-buf", "pure-rand", "zod"];

const isTest = (file: string) => /\.test(-helper)?\.ts$/.test(file) || file.split("/").includes("testing");
const isPure = (file: string) => PURE_FILES.includes(file) || PURE.some((start) => file.startsWith(start));

const sources = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(sep).join("/"))
  .filter((file) => file.endsWith(".ts") && !isTest(file));

/** What a file imports, as types too: files of ours by path under src, all else by name. */
function importsOf(file: string, { lazily = true } = {}): string[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  const still = /^(?:import|export|\})(?:[^;"'=]*\bfrom)?\s*"([^"]+)"/gm;
  const lazy = /\bimport\(\s*"([^"]+)"/g;
  const found = [...text.matchAll(still), ...(lazily ? text.matchAll(lazy) : [])];
  return found.map((match) => {
    const name = match[1]!;
    if (!name.startsWith(".")) return name;
    return relative(ROOT, join(ROOT, dirname(file), name))
      .split(sep)
      .join("/");
  });
}

const isOurs = (name: string) => name.endsWith(".ts");

function layerOf(file: string): number {
  const layer = LAYERS.findIndex((name) => file === name || file.startsWith(`${name}/`));
  return GROUND.includes(file) ? 0 : layer;
}

describe("imports", () => {
  it("are found at all", () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(importsOf("engine/node.ts")).toContain("onnxruntime-node");
    expect(importsOf("engine/remote.ts")).toEqual(
      expect.arrayContaining(["node:worker_threads", "errors.ts", "engine/node.ts"]),
    );
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

  it("do not go round in circles", () => {
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      if (done.has(file)) return;
      done.add(file);
      for (const name of importsOf(file, { lazily: false }))
        if (sources.includes(name)) visit(name, [...path, file]);
    };
    for (const file of sources) visit(file, []);
    expect(circles).toEqual([]);
  });
});

describe("the pure core", () => {
  const pure = sources.filter(isPure);

  it("has the files that are said to be pure", () => {
    expect(PURE_FILES.filter((file) => !sources.includes(file))).toEqual([]);
  });

  it("imports nothing of Node, and only packages that run in a browser", () => {
    const impure = pure.flatMap((file) =>
      importsOf(file)
        .filter((name) => !isOurs(name))
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
