/** The public names: few at the root, all others in one sub-path for each topic. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import * as root from "../index.ts";

const SRC = join(import.meta.dirname, "..");

interface Target {
  readonly types: string;
  readonly default: string;
}
const { "./package.json": self, ...entries } = packageJson.exports;
const targets: Readonly<Record<string, Target>> = entries;

/** The source, under src, of a file in dist. */
const sourceOf = ({ default: file }: Target): string =>
  file.replace(/^\.\/dist\//, "").replace(/\.js$/, ".ts");

/** The names that a file re-exports, types too, and for each the name it has in the file where it comes from. */
function namesOf(source: string): Map<string, string> {
  const text = readFileSync(join(SRC, source), "utf8");
  const found = new Map<string, string>();
  for (const [, list, from] of text.matchAll(/^export (?:type )?\{([^}]*)\} from "([^"]+)";$/gm)) {
    for (const item of list!.split(",").filter((one) => one.trim() !== "")) {
      const [name, as = name] = item
        .trim()
        .replace(/^type /, "")
        .split(" as ");
      found.set(as!, `${name} of ${join(source, "..", from!)}`);
    }
  }
  return found;
}

describe("the root", () => {
  it("has these values, and no others", () => {
    expect(Object.keys(root).toSorted()).toEqual([
      "JigsawError",
      "decoders",
      "defineDecoder",
      "defineObjective",
      "loadModel",
      "objectives",
      "promptOf",
      "readTasks",
      "solve",
      "train",
    ]);
  });

  it("has nothing that no sub-path has", () => {
    const elsewhere = Object.keys(targets)
      .filter((path) => path !== ".")
      .flatMap((path) => [...namesOf(sourceOf(targets[path]!)).keys()]);
    expect(elsewhere).toEqual(expect.arrayContaining([...namesOf("index.ts").keys()]));
  });
});

describe("the sub-paths", () => {
  it("are those of package.json, and each has its file", () => {
    const files = readdirSync(join(SRC, "api")).filter((file) => !file.endsWith(".test.ts"));
    const sources = ["index.ts", "web.ts", ...files.map((file) => `api/${file}`)];
    expect(Object.values(targets).map(sourceOf).toSorted()).toEqual(sources.toSorted());
    for (const [path, target] of Object.entries(targets)) {
      expect(existsSync(join(SRC, sourceOf(target)))).toBe(true);
      expect(target.types).toBe(target.default.replace(/\.js$/, ".d.ts"));
      if (path !== ".") expect(sourceOf(target)).toMatch(new RegExp(`^(api/)?${path.slice(2)}\\.ts$`));
    }
    expect(self).toBe("./package.json");
  });

  it.each(Object.values(targets).map(sourceOf))("hold re-exports and comments only: %s", (source) => {
    const text = readFileSync(join(SRC, source), "utf8");
    const rest = text.replaceAll(/^\/\/.*$|^export (?:type )?\{[^}]*\} from "[^"]+";$/gm, "");
    expect(rest.trim()).toBe("");
    expect(namesOf(source).size).toBeGreaterThan(10);
  });

  it("have what the decoders of the package are made of", () => {
    /** What one decoder alone needs: a grammar of its own, and an option of the objective that it goes with. */
    const own = ["editing", "BACKSPACE_MODES"];
    const known = new Set(Object.values(targets).flatMap((target) => [...namesOf(sourceOf(target)).keys()]));
    const folder = join(SRC, "decode", "decoders");
    const files = readdirSync(folder).filter((file) => file.endsWith(".ts") && !file.includes(".test"));
    const needed = files
      .filter((file) => file !== "index.ts" && file !== "spec.ts")
      .map((file) => readFileSync(join(folder, file), "utf8"))
      .flatMap((text) => [...text.matchAll(/^import (?:type )?\{([^}]*)\} from "\.\./gm)])
      .flatMap(([, list]) => list!.split(",").map((name) => name.trim().replace(/^type /, "")));
    expect(needed.length).toBeGreaterThan(50);
    expect(needed.filter((name) => name && !known.has(name) && !own.includes(name))).toEqual([]);
  });

  it("give a name one meaning, wherever it is exported", () => {
    const meanings = new Map<string, Set<string>>();
    for (const target of Object.values(targets)) {
      for (const [name, meaning] of namesOf(sourceOf(target))) {
        meanings.set(name, (meanings.get(name) ?? new Set()).add(meaning));
      }
    }
    expect([...meanings].filter(([, { size }]) => size > 1)).toEqual([]);
  });
});
