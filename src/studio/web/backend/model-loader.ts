// Models in a worker of the page: the runtime and the weights are fetched when the first model is asked for.

import { type Fetch, MANIFEST_FILE, openBundle, parseManifest } from "../../../checkpoint/bundle.ts";
import { JigsawError } from "../../../core/errors.ts";
import type { Engine } from "../../../engine/engine.ts";
import { type Ort, openWebEngine } from "../../../engine/web.ts";
import type { Model } from "../../../model/model.ts";
import type { Progress } from "../../shared/model-cache.ts";
import { bundleOf, RUNTIMES } from "../../shared/site.ts";
import { fetchKept } from "./fetch-kept.ts";

/** The site's address, and the provider that computes. */
export interface Setting {
  /** The address of the page's folder. */
  readonly base: string;
  readonly provider: "wasm" | "webgpu";
  readonly threads: number;
  /** The names of models. */
  readonly models: readonly string[];
}

/** The runtime with the fields that are set here. */
interface Runtime extends Ort {
  readonly env: {
    readonly wasm: Ort["env"]["wasm"] & { wasmBinary?: Uint8Array };
    readonly versions: { web?: string };
  };
}

async function openEngine({ base, provider, threads }: Setting, progress: Progress): Promise<Engine> {
  const { script, program } = RUNTIMES[provider];
  const address = new URL(script, base).href;
  const ort: Runtime = await import(/* @vite-ignore */ address).catch((error: Error) => {
    throw new JigsawError("network", `cannot load ${script}: ${error.message}`);
  });
  const version = ort.env.versions.web ?? "";
  ort.env.wasm.wasmBinary = await fetchKept(new URL(program, base), version, (loaded, total) =>
    progress(loaded, total, "runtime"),
  );
  return await openWebEngine({ ort, provider, threads });
}

async function fetchJson(url: URL): Promise<unknown> {
  const response = await fetch(url).catch(() => undefined);
  if (!response?.ok) throw new JigsawError("network", `cannot fetch ${url.pathname}`);
  return response.json();
}

/** The files of a bundle as they are asked for, the weights kept by their checksums. */
async function bundleFetch(folder: URL, model: string, progress: Progress): Promise<Fetch> {
  const manifest = await fetchJson(new URL(MANIFEST_FILE, folder));
  const { files } = parseManifest(manifest);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let before = 0;
  const answer = (bytes: Uint8Array<ArrayBuffer>) => ({
    ok: true,
    status: 200,
    arrayBuffer: async () => bytes.buffer,
  });
  return async (url) => {
    const file = files.find(({ name }) => new URL(name, folder).href === url);
    if (!file) return answer(new TextEncoder().encode(JSON.stringify(manifest)));
    const bytes = await fetchKept(url, file.sha256, (loaded) => progress(before + loaded, total, model));
    before += bytes.length;
    return answer(bytes);
  };
}

/** Opens models by name, on one engine. */
export function modelOpener(setting: Setting): (name: string, progress: Progress) => Promise<Model> {
  let engine: Promise<Engine> | undefined;
  return async (name, progress) => {
    engine ??= openEngine(setting, progress);
    engine.catch(() => {
      engine = undefined;
    });
    const running = await engine;
    const folder = new URL(bundleOf(name), setting.base);
    const fetch = await bundleFetch(folder, name, progress);
    return await openBundle(folder, running, { fetch });
  };
}
