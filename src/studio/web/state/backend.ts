// What computes, opened once, when it is first asked for; its code is not needed for the first paint.
import { useEffect, useState } from "preact/hooks";
import type { About, Backend } from "../../shared/protocol.ts";

let opening: Promise<Backend> | undefined;

async function openBackend(): Promise<Backend> {
  const served = document.querySelector('meta[name="jigsaw-backend"]')?.getAttribute("content") === "server";
  if (served) return (await import("../backend/http.ts")).httpBackend(document.baseURI, sessionStorage);
  return (await import("../backend/local.ts")).localBackend(document.baseURI);
}

/** The server that sent the page, or a worker of the page's own. */
export const backend = (): Promise<Backend> => (opening ??= openBackend());

let about: Promise<About> | undefined;

/** What the backend has and can, asked for once. */
export const aboutBackend = (): Promise<About> => {
  about ??= backend().then((one) => one.about());
  about.catch(() => {
    about = undefined;
  });
  return about;
};

/** The same for components: undefined until it is known, an error where it cannot be had. */
export function useAbout(): About | Error | undefined {
  const [found, set] = useState<About | Error>();
  useEffect(() => {
    aboutBackend().then(set, (error) => set(error instanceof Error ? error : new Error(String(error))));
  }, []);
  return found;
}
