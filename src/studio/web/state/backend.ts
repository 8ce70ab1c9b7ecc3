// What computes, opened once, when it is first asked for; its code is not needed for the first paint.
import { useEffect, useState } from "preact/hooks";
import type { About, Backend } from "../../shared/protocol.ts";

let opening: Promise<Backend> | undefined;

export const backend = (): Promise<Backend> =>
  (opening ??= import("../backend/open.ts").then(({ openBackend }) => openBackend()));

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
