// The built page: a few files, read once, sent with what a browser needs to know of them.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import type { Context } from "hono";
import { wrongMethod } from "./reply.ts";

/** Content types by file extension. */
export const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json; charset=utf-8",
  map: "application/json; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  woff2: "font/woff2",
  wasm: "application/wasm",
  txt: "text/plain; charset=utf-8",
  webmanifest: "application/manifest+json",
};

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
  /** Whether its name changes with what is in it. */
  readonly lasting: boolean;
}

/** The files of the built page by their paths in its address, "/index.html". */
export type Page = ReadonlyMap<string, PageFile>;

/** Tells the page who answers it. */
const SERVED = '<meta name="jigsaw-backend" content="server" />';
const served = (html: Buffer): Buffer => Buffer.from(html.toString().replace("<head>", `<head>${SERVED}`));

/** Reads the built page, by its addresses. */
export async function readPage(built: string): Promise<Page> {
  const folder = resolve(built);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const page = new Map<string, PageFile>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const address = path.slice(folder.length).split(sep).join("/");
    const read = await readFile(path);
    const bytes = new Uint8Array(entry.name.endsWith(".html") ? served(read) : read);
    const type = TYPES[entry.name.split(".").at(-1)!] ?? "application/octet-stream";
    const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
    page.set(address, { bytes, type, etag, lasting: /^\/assets\/.+-[\w-]{8,}\.\w+$/.test(address) });
  }
  return page;
}

/** Sends what is at an address; undefined where nothing is. */
export function sendPage(c: Context, page: Page): Response | undefined {
  const file = page.get(c.req.path === "/" ? "/index.html" : c.req.path);
  if (!file) return undefined;
  const methods = ["GET", "HEAD"];
  if (!methods.includes(c.req.method)) throw wrongMethod(c, methods);
  c.header("Cache-Control", file.lasting ? "public, max-age=31536000, immutable" : "no-cache");
  c.header("ETag", file.etag);
  if (file.type.startsWith("text/html")) c.header("Content-Security-Policy", POLICY);
  if (c.req.header("if-none-match") === file.etag) return c.body(null, 304);
  return c.body(file.bytes, 200, { "Content-Type": file.type });
}
