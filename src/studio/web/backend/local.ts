// The studio in the page itself, as a static site: the shipped models run in a worker, on WebGPU where there is one.
import { JigsawError, revive } from "../../../core/errors.ts";
import { aboutDecoders } from "../../shared/about.ts";
import { failure } from "../../shared/failure.ts";
import type { Backend, DecodeEvent, StudioTask } from "../../shared/protocol.ts";
import { SITE_FILE, type Site } from "../../shared/site.ts";
import { summaryOf } from "../../shared/summary.ts";
import type { FromWorker, Setting, ToWorker } from "./messages.ts";

/** More threads than this bring a small model nothing. */
const MOST_THREADS = 4;

/** What is used of WebGPU to find out whether it is there. */
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

/** Waits for what comes next, one after the other. */
function channel<T>() {
  const values: T[] = [];
  let wake = () => {};
  return {
    push(value: T) {
      values.push(value);
      wake();
    },
    async next(): Promise<T> {
      while (values.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return values.shift()!;
    },
  };
}

/** A worker that is started when it is first needed; calls are answered by number. */
function openWorker(setting: Setting) {
  const listeners = new Map<number, (message: FromWorker) => void>();
  let worker: Worker | undefined;
  let counter = 0;
  /** The worker cannot start, or has failed outside of any request. */
  const fail = ({ message = "" }: { message?: string }) => {
    const error = { message: `the page's worker failed${message && `: ${message}`}` };
    for (const [id, listener] of listeners) listener({ id, error });
    worker?.terminate();
    worker = undefined;
  };
  const start = (): Worker => {
    const started = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    started.onmessage = ({ data }: MessageEvent<FromWorker>) => listeners.get(data.id)?.(data);
    started.onerror = fail;
    started.postMessage({ type: "begin", setting } satisfies ToWorker);
    return started;
  };
  return {
    /** Sends a request; gives its number. `heard` hears of all that comes back, until `forget`. */
    send(
      request: { type: "decode" | "inspect"; request: unknown },
      heard: (message: FromWorker) => void,
    ): number {
      worker ??= start();
      const id = ++counter;
      listeners.set(id, heard);
      worker.postMessage({ ...request, id } as ToWorker);
      return id;
    },
    stop: (id: number) => worker?.postMessage({ type: "stop", id } satisfies ToWorker),
    forget: (id: number) => listeners.delete(id),
  };
}

/** @param base the address of the page's folder */
export async function localBackend(base: string): Promise<Backend> {
  const [site, provider] = await Promise.all([fetchSite(base), findProvider()]);
  const threads = globalThis.crossOriginIsolated
    ? Math.min(MOST_THREADS, navigator.hardwareConcurrency || 1)
    : 1;
  const worker = openWorker({ base, provider, threads, models: site.models.map(({ name }) => name) });

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
      if (signal?.aborted) {
        yield failure(undefined, signal);
        return;
      }
      const events = channel<DecodeEvent>();
      const id = worker.send({ type: "decode", request }, (message) => {
        if ("event" in message) events.push(message.event);
        else if ("error" in message) events.push(failure(revive(message.error)));
      });
      const stop = () => worker.stop(id);
      signal?.addEventListener("abort", stop);
      try {
        for (let over = false; !over; ) {
          const event = await events.next();
          over = event.type === "done" || event.type === "error";
          yield event;
        }
      } finally {
        // Whoever asks for no more events stops the decoding too.
        stop();
        worker.forget(id);
        signal?.removeEventListener("abort", stop);
      }
    },
    resume: () => [],
    inspect: (request, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const id = worker.send({ type: "inspect", request }, (message) => {
          worker.forget(id);
          if ("value" in message) resolve(message.value as Awaited<ReturnType<Backend["inspect"]>>);
          else if ("error" in message) reject(revive(message.error));
        });
        signal?.addEventListener("abort", () => {
          worker.forget(id);
          reject(signal.reason);
        });
      }),
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
