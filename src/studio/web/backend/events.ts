// Server-sent events over `fetch`, which (unlike EventSource) can be aborted and reports refusals, and resumes by itself.
import { type ErrorCode, JigsawError } from "../../../core/errors.ts";

/** One server-sent event. */
export interface SentEvent {
  readonly id?: string;
  readonly data: string;
}

/** The events of a stream of text. */
export async function* parseEvents(chunks: AsyncIterable<string>): AsyncGenerator<SentEvent, void> {
  let rest = "";
  let event: { id?: string; data: string[] } = { data: [] };
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
      if (field === "data") event.data.push(value);
      else if (field === "id") event.id = value;
      if (line !== "") continue;
      const { id, data } = event;
      if (data.length) yield { ...(id !== undefined && { id }), data: data.join("\n") };
      event = { data: [] };
    }
  }
}

/** Decodes a body's text chunk by chunk. */
export async function* textOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read())
      yield decoder.decode(next.value, { stream: true });
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** The error in a response's body. */
async function refusalOf(response: Response): Promise<JigsawError> {
  try {
    const { code, message, hint } = await response.json();
    return new JigsawError(code as ErrorCode, String(message), hint);
  } catch {
    return new JigsawError("network", `the studio answered with status ${response.status}`);
  }
}

const LOST = () =>
  new JigsawError(
    "network",
    "the studio cannot be reached",
    "Is it still running? Start it again: jigsaw studio",
  );

/** Sends a request to the studio; a refusal, and a studio that cannot be reached, are thrown as JigsawErrors. */
export async function ask(url: string | URL, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    init.signal?.throwIfAborted();
    throw error instanceof TypeError ? LOST() : error;
  }
  if (!response.ok) throw await refusalOf(response);
  return response;
}

const wait = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });

const FIRST_WAIT = 250;
const MOST_TRIES = 8;

/**
 * Follows a stream of events until the last one, or until the signal is aborted, which throws its reason. A connection
 * that is lost is made anew, after the last event that came.
 * @param isLast whether nothing comes after
 */
export async function* followEvents(
  url: string | URL,
  isLast: (data: string) => boolean,
  signal?: AbortSignal,
): AsyncGenerator<string, void> {
  let seen: string | undefined;
  for (let tries = 0; ; tries++) {
    signal?.throwIfAborted();
    try {
      const headers: HeadersInit = seen === undefined ? {} : { "Last-Event-ID": seen };
      const { body } = await ask(url, { headers, signal: signal ?? null });
      for await (const { id, data } of parseEvents(textOf(body!))) {
        [seen, tries] = [id ?? seen, 0];
        yield data;
        if (isLast(data)) return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      const isRefused = error instanceof JigsawError && error.code !== "network";
      if (isRefused || tries >= MOST_TRIES) throw error;
    }
    if (tries >= MOST_TRIES) throw LOST();
    await wait(FIRST_WAIT * 2 ** Math.min(tries, 4), signal);
  }
}
