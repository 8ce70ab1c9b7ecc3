// What a static site holds beside the page, by addresses relative to it: written by `jigsaw studio --export`.
import type { ModelAbout } from "./protocol.ts";
import type { StudioTask } from "./tasks.ts";

/** The name of the site's description. */
export const SITE_FILE = "site.json";
/** The format that the description states. */
export const SITE_FORMAT = "jigsaw-site/1";

/** ONNX Runtime for browsers, by what it computes on: the script, and the program that it loads. */
export const RUNTIMES = {
  wasm: { script: "ort/ort.wasm.js", program: "ort/ort-wasm-simd-threaded.wasm" },
  webgpu: { script: "ort/ort.webgpu.js", program: "ort/ort-wasm-simd-threaded.asyncify.wasm" },
} as const;

/** The folder of a model's bundle. */
export const bundleOf = (model: string): string => `models/${model}/`;

/** The site's description. */
export interface Site {
  readonly format: typeof SITE_FORMAT;
  readonly versions: Readonly<Record<string, string>>;
  readonly models: readonly ModelAbout[];
  /** Bundled tasks by folder. */
  readonly folders: Readonly<Record<string, readonly StudioTask[]>>;
}
