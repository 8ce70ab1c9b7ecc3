// What the page and its worker tell each other.
import type { Failure } from "../../../core/errors.ts";
import type { DecodeEvent, DecodeRequest, InspectRequest } from "../../shared/protocol.ts";

/** Where the site's files are, and what computes. */
export interface Setting {
  /** The address of the page's folder. */
  readonly base: string;
  readonly provider: "wasm" | "webgpu";
  readonly threads: number;
  /** The names of models. */
  readonly models: readonly string[];
}

export type ToWorker =
  | { readonly type: "begin"; readonly setting: Setting }
  | { readonly type: "decode"; readonly id: number; readonly request: DecodeRequest }
  | { readonly type: "inspect"; readonly id: number; readonly request: InspectRequest }
  | { readonly type: "stop"; readonly id: number };

export type FromWorker = { readonly id: number } & (
  | { readonly event: DecodeEvent }
  | { readonly value: unknown }
  | { readonly error: Failure }
);
