/** A static site: what is in it, whole or not at all, and what it refuses to write over. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseManifest } from "../checkpoint/bundle.ts";
import { modelFolder } from "../load.ts";
import { exportSite, type SiteOptions } from "./export-site.ts";
import { examples } from "./server/studio.test-helper.ts";
import { taskSchema } from "./shared/protocol.ts";
import { bundleOf, RUNTIMES, type Site } from "./shared/site.ts";

let root: string;
let options: SiteOptions;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "jigsaw-site-"));
  const page = join(root, "page");
  await mkdir(join(page, "assets"), { recursive: true });
  await writeFile(join(page, "index.html"), "<!doctype html><head></head>");
  await writeFile(join(page, "assets", "main.js"), "export {};");
  options = {
    out: join(root, "site"),
    page,
    models: new Map([["jigsaw-tiny", modelFolder("jigsaw-tiny")]]),
    folders: [examples],
    versions: { jigsaw: "1.2.3" },
  };
});
afterAll(() => rm(root, { recursive: true }));

const json = async (...path: string[]) => JSON.parse(await readFile(join(...path), "utf8"));

describe("a site", () => {
  it("holds the page, the models, the runtime and the examples", async () => {
    await exportSite(options);
    const { out } = options;
    expect((await readdir(out)).sort()).toEqual(["assets", "index.html", "models", "ort", "site.json"]);
    for (const { script, program } of Object.values(RUNTIMES))
      for (const file of [script, program])
        expect((await readFile(join(out, file))).length).toBeGreaterThan(5e4);
    const manifest = parseManifest(await json(out, bundleOf("jigsaw-tiny"), "manifest.json"));
    expect(manifest.tensors.every(({ dtype }) => dtype === "float32")).toBe(true);
    for (const { name, bytes } of manifest.files)
      expect((await readFile(join(out, bundleOf("jigsaw-tiny"), name))).length).toBe(bytes);
    const site: Site = await json(out, "site.json");
    expect(site.models).toEqual([expect.objectContaining({ name: "jigsaw-tiny", weights: 1_210_368 })]);
    expect(site.versions).toEqual({ jigsaw: "1.2.3" });
    expect(site.folders.examples!.length).toBe(3);
    for (const task of site.folders.examples!) taskSchema.parse(task);
  });

  it("takes the place of an earlier one, and of nothing else", async () => {
    await writeFile(join(options.out, "left-over.txt"), "");
    await exportSite(options);
    expect(existsSync(join(options.out, "left-over.txt"))).toBe(false);
    const [other, empty] = [join(root, "other"), join(root, "empty")];
    await mkdir(other);
    await writeFile(join(other, "thesis.txt"), "all of it");
    await expect(exportSite({ ...options, out: other })).rejects.toMatchObject({
      code: "bad-option",
      message: expect.stringContaining("holds other files (thesis.txt)"),
    });
    await writeFile(join(other, "site.json"), "{}");
    await expect(exportSite({ ...options, out: other })).rejects.toMatchObject({ code: "bad-option" });
    expect(await readFile(join(other, "thesis.txt"), "utf8")).toBe("all of it");
    await mkdir(empty);
    await exportSite({ ...options, out: empty });
    expect(existsSync(join(empty, "site.json"))).toBe(true);
  });

  it("leaves an earlier one as it was, and nothing half written, where something fails", async () => {
    const before = (await readdir(options.out, { recursive: true })).sort();
    const models = new Map([...options.models, ["gone", join(root, "gone")]]);
    await expect(exportSite({ ...options, models })).rejects.toMatchObject({ name: "JigsawError" });
    expect((await readdir(options.out, { recursive: true })).sort()).toEqual(before);
    expect((await readdir(root)).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("says how the page is built where it is not", async () => {
    await expect(exportSite({ ...options, page: join(root, "none") })).rejects.toMatchObject({
      hint: "Build it: npm run build",
    });
  });
});
