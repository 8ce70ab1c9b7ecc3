// A hub on this machine, as far as pulling a model goes: the API of models, and files by revision, the large ones
// by a redirect to a store of another origin.
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Faults, listen, newFaults, type Seen, sendFile } from "./server.ts";

export interface FakeModel {
  readonly commit: string;
  /** Branches and tags, besides main. */
  readonly refs?: readonly string[];
  readonly files: Readonly<Record<string, Buffer | string>>;
  /** A size that is told of large files instead of theirs. */
  readonly claims?: number;
  /** Who may read it: all, who has the token, or nobody yet. */
  readonly access?: "private" | "gated";
}

export interface FakeHub {
  readonly url: string;
  readonly faults: Faults;
  /** Requests to the hub itself, and to its store of large files. */
  readonly seen: { readonly hub: Seen[]; readonly store: Seen[] };
  readonly close: () => void;
}

export const TOKEN = "secret";

const isLarge = (path: string): boolean => path.endsWith(".safetensors");
export const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");
export const gitSha1 = (content: Buffer): string =>
  createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");

/** Starts a hub with models by id, to be closed by the caller. */
export async function startHub(models: Readonly<Record<string, FakeModel>>): Promise<FakeHub> {
  const faults = newFaults();
  const seen = { hub: [] as Seen[], store: [] as Seen[] };
  const contents = new Map<string, Buffer>();
  const store = await listen((request, response) => {
    seen.store.push({ url: request.url!, headers: request.headers });
    const content = contents.get(request.url!.slice(1).split("/")[0]!)!;
    void sendFile(request, response, content, faults, { etag: `"${sha256(content)}"` });
  });

  const refuse = (response: ServerResponse, status: number, code: string, message: string) =>
    response
      .writeHead(status, { "content-type": "application/json", ...(code ? { "x-error-code": code } : {}) })
      .end(JSON.stringify({ error: message }));

  function answer(request: IncomingMessage, response: ServerResponse): unknown {
    const path = decodeURIComponent(new URL(request.url!, "http://hub").pathname);
    seen.hub.push({ url: request.url!, headers: request.headers });
    const match =
      /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/(.+)$/.exec(path) ??
      /^\/([^/]+\/[^/]+)\/(resolve)\/([^/]+)\/(.+)$/.exec(path);
    const [, id = "", what, revision = "", file = ""] = match ?? [];
    const { authorization } = request.headers;
    if (authorization && authorization !== `Bearer ${TOKEN}`)
      return refuse(response, 401, "", "Invalid credentials in Authorization header");
    const model = models[id];
    const hidden = !model || (model.access === "private" && !authorization);
    if (hidden && !authorization)
      return refuse(response, 401, "RepoNotFound", "Invalid username or password.");
    if (hidden) return refuse(response, 404, "RepoNotFound", "Repository not found");
    if (model.access === "gated")
      return refuse(response, authorization ? 403 : 401, "GatedRepo", `Access to model ${id} is restricted.`);
    if (![model.commit, "main", ...(model.refs ?? [])].includes(revision))
      return refuse(response, 404, "RevisionNotFound", `Invalid rev id: ${revision}`);
    const json = (value: unknown) =>
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
    const files = Object.entries(model.files).map(([name, text]) => [name, Buffer.from(text)] as const);
    if (what === "revision") {
      const siblings = files.map(([rfilename]) => ({ rfilename }));
      return json({ _id: "1", id, sha: model.commit, siblings, lastModified: "2025-01-01T00:00:00.000Z" });
    }
    if (what === "tree") {
      const entries = files.map(([name, content]) => ({
        type: "file",
        path: name,
        size: content.length,
        oid: gitSha1(content),
        ...(isLarge(name)
          ? {
              lfs: { oid: sha256(content), size: model.claims ?? content.length, pointerSize: 134 },
              xetHash: "0",
            }
          : {}),
      }));
      return json([...entries, { type: "directory", path: "onnx", oid: "0", size: 0 }]);
    }
    const content = files.find(([name]) => name === file)?.[1];
    if (!content) return refuse(response, 404, "EntryNotFound", "Entry not found");
    const etag = isLarge(file) ? sha256(content) : gitSha1(content);
    const headers = { "x-repo-commit": model.commit, etag: `"${etag}"` };
    if (!isLarge(file)) return void sendFile(request, response, content, faults, headers);
    contents.set(etag, content);
    const linked = { "x-linked-etag": `"${etag}"`, "x-linked-size": String(content.length) };
    return response.writeHead(302, { ...headers, ...linked, location: `${store.url}/${etag}/${file}` }).end();
  }

  const hub = await listen(answer);
  const close = () => {
    for (const { server } of [hub, store]) {
      server.closeAllConnections();
      server.close();
    }
  };
  return { url: hub.url, faults, seen, close };
}
