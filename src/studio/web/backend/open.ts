// Who answers the page: the server that sent it, or a worker of its own.
import type { Backend } from "../../shared/protocol.ts";

export async function openBackend(): Promise<Backend> {
  const served = document.querySelector('meta[name="jigsaw-backend"]')?.getAttribute("content") === "server";
  if (served) return (await import("./http.ts")).httpBackend(document.baseURI, sessionStorage);
  return (await import("./local.ts")).localBackend(document.baseURI);
}
