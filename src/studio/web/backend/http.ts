// The studio's server as a backend. Decodings that go on are noted for this tab, so that it finds them again when it is
// loaded anew.
import { failure } from "../../shared/failure.ts";
import type { Backend, DecodeEvent, DecodeRequest, Resumed, RunEvent } from "../../shared/protocol.ts";
import { ask, followEvents } from "./events.ts";

const KEY = "jigsaw-studio-decodings";
const MOST_NOTED = 16;

interface Noted {
  readonly job: string;
  readonly request: DecodeRequest;
}

/** The part of a tab's storage that is used. */
export interface TabStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

function readNotes(storage: TabStorage): Noted[] {
  try {
    return JSON.parse(storage.getItem(KEY) ?? "[]");
  } catch {
    return [];
  }
}

function writeNotes(storage: TabStorage, notes: readonly Noted[]): void {
  try {
    storage.setItem(KEY, JSON.stringify(notes.slice(-MOST_NOTED)));
  } catch {
    // There is no room, or none is given: then a reload begins anew.
  }
}

/** @param base the address of the page's folder */
export function httpBackend(base: string | URL, storage: TabStorage): Backend {
  const at = (...parts: readonly string[]) => new URL(`api/${parts.map(encodeURIComponent).join("/")}`, base);
  const get = async (...parts: string[]) => (await ask(at(...parts))).json();
  const post = async (path: string, body: unknown, signal?: AbortSignal) => {
    const headers = { "Content-Type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(body), signal: signal ?? null };
    return (await ask(at(path), init)).json();
  };
  const left = readNotes(storage);

  /** The job's events from the first; it is stopped when nobody waits for them any more. */
  async function* follow(job: string, signal?: AbortSignal): AsyncGenerator<DecodeEvent, void> {
    let over = false;
    try {
      const isLast = (data: string) => /^\{"type":"(done|error)"/.test(data);
      for await (const data of followEvents(at("jobs", job, "events"), isLast, signal)) {
        over = isLast(data);
        yield JSON.parse(data);
      }
    } catch (error) {
      yield failure(error, signal);
    } finally {
      writeNotes(
        storage,
        readNotes(storage).filter((noted) => noted.job !== job),
      );
      if (!over) ask(at("jobs", job), { method: "DELETE", keepalive: true }).catch(() => {});
    }
  }

  return {
    about: () => get("about"),
    tasks: (folder) => get("folders", folder, "tasks"),
    task: (folder, id) => get("folders", folder, "tasks", id),
    async *decode(request, signal) {
      let job: string;
      try {
        signal?.throwIfAborted();
        // Not stopped on its way: then it would not be known whether the studio has begun.
        ({ job } = await post("decode", request));
      } catch (error) {
        yield failure(error, signal);
        return;
      }
      writeNotes(storage, [...readNotes(storage), { job, request }]);
      yield* follow(job, signal);
    },
    resume: () =>
      left
        .splice(0)
        .map(({ job, request }): Resumed => ({ request, follow: (signal) => follow(job, signal) })),
    inspect: (request, signal) => post("inspect", request, signal),
    runs: () => get("runs"),
    async *training(name, signal) {
      try {
        for await (const data of followEvents(at("runs", name, "training"), () => false, signal))
          yield JSON.parse(data) as RunEvent;
      } catch (error) {
        if (!signal?.aborted) throw error;
      }
    },
    arena: (name) => get("runs", name, "arena"),
    reportUrl: (name) => at("runs", name, "report").href,
  };
}
