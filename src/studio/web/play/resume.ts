// Decodings that outlived a reload of the page, to be found by what was asked for.
import type { DecodeRequest, Resumed } from "../../shared/protocol.ts";
import { backend } from "../state/backend.ts";

let found: Promise<Resumed[]> | undefined;

/** Takes the one that answers this request, if there is one. */
export async function takeResumed(request: DecodeRequest): Promise<Resumed | undefined> {
  found ??= backend().then((one) => [...one.resume()]);
  const left = await found;
  const wanted = JSON.stringify(request);
  const at = left.findIndex((one) => JSON.stringify(one.request) === wanted);
  return at < 0 ? undefined : left.splice(at, 1)[0];
}
