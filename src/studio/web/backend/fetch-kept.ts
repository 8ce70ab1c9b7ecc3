// Fetches large files with progress, and keeps them for the next visit where the browser lets a page keep any.
import { JigsawError } from "../../../core/errors.ts";

const STORE = "jigsaw-studio";

/** Called with the bytes that have come and their total. */
export type Heard = (loaded: number, total: number) => void;

/** None where the page was not sent securely. */
async function openStore(): Promise<Cache | undefined> {
  try {
    return await globalThis.caches?.open(STORE);
  } catch {
    return undefined;
  }
}

/** Caches a file, and drops other versions of the same address. */
async function keep(store: Cache, url: URL, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  for (const request of await store.keys()) {
    const other = new URL(request.url);
    if (other.pathname === url.pathname && other.href !== url.href) await store.delete(request);
  }
  await store.put(url, new Response(bytes));
}

async function readAll(response: Response, heard: Heard): Promise<Uint8Array<ArrayBuffer>> {
  const length = Number(response.headers.get("content-length"));
  // Of a compressed body the length says nothing about the file's size.
  const total = response.headers.has("content-encoding") ? 0 : length;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let loaded = 0;
  const reader = response.body!.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    parts.push(next.value);
    loaded += next.value.length;
    heard(loaded, Math.max(total, loaded));
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/**
 * The bytes of a file.
 * @param version names this content of the address, such as its checksum
 */
export async function fetchKept(
  address: string | URL,
  version: string,
  heard: Heard,
): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(address);
  url.searchParams.set("v", version);
  const store = await openStore();
  const kept = await store?.match(url);
  if (kept) return new Uint8Array(await kept.arrayBuffer());
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new JigsawError("network", `cannot fetch ${url.pathname}: ${(error as Error).message}`);
  }
  if (!response.ok)
    throw new JigsawError("network", `cannot fetch ${url.pathname}: status ${response.status}`);
  const bytes = await readAll(response, heard);
  if (store) await keep(store, url, bytes).catch(() => {});
  return bytes;
}
