/** Requests to the hub with the user's token, and its refusals as errors. */
import { JigsawError } from "../core/errors.ts";
import type { ModelId } from "./cache.ts";
import { request } from "./request.ts";

export interface Hub {
  /** The hub's address, without a slash at its end. */
  readonly url: string;
  readonly token?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

async function messageOf(response: Response): Promise<string> {
  const header = response.headers.get("x-error-message");
  const text = await response.text().catch(() => "");
  if (header) return header;
  try {
    return String((JSON.parse(text) as { error?: unknown }).error ?? "");
  } catch {
    return "";
  }
}

/** The error for a response that is not OK; codes and messages as the hub's own clients read them. */
export async function refusal(response: Response, id: ModelId, hub: Hub): Promise<JigsawError> {
  const { status, headers } = response;
  const code = headers.get("x-error-code");
  const message = await messageOf(response);
  const { name, revision } = id;
  if (code === "GatedRepo") {
    const hint = hub.token
      ? `Ask for access at ${hub.url}/${name} with the account that the token belongs to.`
      : `Ask for access at ${hub.url}/${name}, and set HF_TOKEN to a token of that account.`;
    return new JigsawError("denied", `${name} is gated: its owners have to let you in`, hint);
  }
  if (status === 401 && hub.token && (code !== "RepoNotFound" || /credentials/i.test(message))) {
    const hint = "Set HF_TOKEN to a valid one, or unset it for public models.";
    return new JigsawError("denied", `${hub.url} does not accept the token`, hint);
  }
  // Without a token the hub does not tell a private model from none.
  if (status === 401 || status === 403) {
    const hint = `Check the spelling; if it is private or gated, set HF_TOKEN to a token that may read it.`;
    return new JigsawError("denied", `${hub.url} has no model ${name}, or does not let you read it`, hint);
  }
  if (status === 404 && (code === "RevisionNotFound" || /^Invalid rev/i.test(message))) {
    const hint = "A revision is a branch, a tag or a whole commit hash.";
    return new JigsawError("not-found", `${name} has no revision "${revision}"`, hint);
  }
  if (status === 404 && code === "EntryNotFound") {
    return new JigsawError("not-found", `${name}: ${new URL(response.url).pathname} is not there`);
  }
  if (status === 404) {
    const hint = "Check the spelling; a private model needs HF_TOKEN.";
    return new JigsawError("not-found", `${hub.url} has no model ${name}`, hint);
  }
  const why = message ? ` (${message.slice(0, 200)})` : "";
  const hint = status === 429 ? "Too many requests: wait, or set HF_TOKEN." : "Try again later.";
  return new JigsawError("network", `${new URL(response.url).host} answered ${status}${why}`, hint);
}

/**
 * `fetch` for the hub: sends the token to it and to no other host (the hub redirects to stores of files), and
 * refuses answers that are errors.
 */
export function hubFetch(id: ModelId, hub: Hub): (url: string, init?: RequestInit) => Promise<Response> {
  const { origin } = new URL(hub.url);
  return async (url, init = {}) => {
    const headers = new Headers(init.headers);
    if (hub.token && new URL(url).origin === origin) headers.set("authorization", `Bearer ${hub.token}`);
    const response = await request(url, { ...init, headers, signal: hub.signal ?? null });
    if (!response.ok && response.status !== 416) throw await refusal(response, id, hub);
    return response;
  };
}
