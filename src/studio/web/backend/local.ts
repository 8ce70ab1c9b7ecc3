// The studio in the page itself, as a static site: the shipped models run in a worker, on WebGPU where there is one.
import { JigsawError } from "../../../core/errors.ts";
import { type Client, connect } from "../../../core/rpc.ts";
import { aboutDecoders } from "../../shared/about.ts";
import { failure } from "../../shared/failure.ts";
import type { Backend, DecodeEvent } from "../../shared/protocol.ts";
import { SITE_FILE, type Site } from "../../shared/site.ts";
import { type StudioTask, summaryOf } from "../../shared/tasks.ts";
import type { Setting } from "./model-loader.ts";

/** More threads than this bring a small model nothing. */
const MOST_THREADS = 4;

/** The part of WebGPU's interface by which an adapter is found. */
interface Gpu {
  requestAdapter(): Promise<{
    readonly info?: { readonly isFallbackAdapter?: boolean; readonly architecture?: string };
  } | null>;
}

/** Whether an adapter only plays a GPU on the CPU, far slower than the CPU is without it. */
const isSoftware = ({
  isFallbackAdapter,
  architecture = "",
}: {
  isFallbackAdapter?: boolean;
  architecture?: string;
}) => isFallbackAdapter || /swiftshader|llvmpipe/i.test(architecture);

/** `?compute=wasm` and `?compute=webgpu` in the page's address decide; else WebGPU where there is a real adapter. */
async function findProvider(): Promise<Setting["provider"]> {
  const asked = new URLSearchParams(globalThis.location?.search).get("compute");
  if (asked === "wasm" || asked === "webgpu") return asked;
  const { gpu } = navigator as { gpu?: Gpu };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  return adapter && !isSoftware(adapter.info ?? {}) ? "webgpu" : "wasm";
}

async function fetchSite(base: string): Promise<Site> {
  const response = await fetch(new URL(SITE_FILE, base)).catch(() => undefined);
  if (response?.ok) return response.json();
  const hint = 'Write the site with "jigsaw studio --export", or open the studio with "jigsaw studio".';
  throw new JigsawError("network", `this page's ${SITE_FILE} cannot be fetched`, hint);
}

/** A worker that is started when it is first needed, and anew after it has failed. */
function workerStarter(setting: Setting): () => Client {
  let client: Client | undefined;
  return () => {
    if (client) return client;
    const worker = new Worker(new URL("./model-worker.ts", import.meta.url), { type: "module" });
    const started = connect({
      post: (message, transfer) => worker.postMessage(message, transfer),
      onMessage(listener) {
        worker.onmessage = ({ data }) => listener(data);
      },
    });
    // It cannot start, or has failed outside of any call.
    worker.onerror = ({ message = "" }) => {
      worker.terminate();
      client = undefined;
      started.close(new Error(`the page's worker failed${message && `: ${message}`}`));
    };
    // Where this fails, so does the call that follows.
    started.call("begin", setting).catch(() => {});
    client = started;
    return started;
  };
}

/** @param base the address of the page's folder */
export async function localBackend(base: string): Promise<Backend> {
  const [site, provider] = await Promise.all([fetchSite(base), findProvider()]);
  const threads = globalThis.crossOriginIsolated
    ? Math.min(MOST_THREADS, navigator.hardwareConcurrency || 1)
    : 1;
  const worker = workerStarter({ base, provider, threads, models: site.models.map(({ name }) => name) });

  const folderNamed = (name: string): readonly StudioTask[] => {
    if (Object.hasOwn(site.folders, name)) return site.folders[name]!;
    throw new JigsawError("not-found", `no folder "${name}"`);
  };
  const noRuns = () =>
    new JigsawError("not-found", "a site has no runs", 'Open the studio with "jigsaw studio".');

  return {
    about: async () => ({
      kind: "page",
      device: provider,
      threads,
      versions: site.versions,
      models: site.models,
      decoders: aboutDecoders(),
      folders: Object.keys(site.folders),
      runs: false,
    }),
    tasks: async (folder) => folderNamed(folder).map(summaryOf),
    async task(folder, id) {
      const found = folderNamed(folder).find((task) => task.id === id);
      if (found) return found;
      throw new JigsawError("not-found", `no task "${id}" in ${folder}`);
    },
    async *decode(request, signal) {
      try {
        signal?.throwIfAborted();
        yield* worker().events<DecodeEvent>("decode", request, signal);
      } catch (error) {
        yield failure(error, signal);
      }
    },
    resume: () => [],
    inspect: async (request, signal) => worker().call("inspect", request, { signal }),
    runs: async () => [],
    // biome-ignore lint/correctness/useYield: there are none
    async *training() {
      throw noRuns();
    },
    arena: async () => {
      throw noRuns();
    },
    reportUrl: () => "about:blank",
  };
}
