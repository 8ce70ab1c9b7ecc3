// The engine on ONNX Runtime for browsers, which the page brings along: its `wasm` or its `webgpu` provider.
import { JigsawError } from "../core/errors.ts";
import type { Engine } from "./engine.ts";
import { type OrtRuntime, openSessions, probe } from "./sessions.ts";

// Compiled `await using` looks for this symbol, which Safari lacks.
(Symbol as { asyncDispose?: symbol }).asyncDispose ??= Symbol.for("Symbol.asyncDispose");

/** The part of the package onnxruntime-web (1.30 or later) that is used. */
export interface Ort extends OrtRuntime {
  readonly env: { readonly wasm: { numThreads?: number | undefined } };
}

export interface WebEngineOptions {
  readonly ort: Ort;
  /** WebGPU takes `onnxruntime-web/webgpu` and a browser that has it. */
  readonly provider?: "wasm" | "webgpu";
  /** Threads of the wasm provider; more than one takes a page that is isolated across origins. */
  readonly threads?: number;
}

/** Opens an engine in this thread; on wasm `run` blocks it. Fails with "unsupported" where the provider cannot be used. */
export async function openWebEngine({ ort, provider = "wasm", threads }: WebEngineOptions): Promise<Engine> {
  if (threads) ort.env.wasm.numThreads = threads;
  const onGpu = provider === "webgpu";
  const engine = openSessions(ort, {
    device: onGpu ? "webgpu" : "cpu",
    // ONNX Runtime's build for WebGPU in browsers leaves it out, for the CPU too.
    float64: !onGpu,
    sessionOptions({ folder }) {
      if (folder !== undefined)
        throw new JigsawError("unsupported", "weights cannot stay in a folder's files in a browser");
      return { executionProviders: [provider] };
    },
  });
  await probe(
    engine,
    (reason) =>
      new JigsawError(
        "unsupported",
        `onnxruntime-web's provider "${provider}" cannot be used here: ${reason}`,
        onGpu ? 'Try the provider "wasm".' : "Are its .wasm files served where it looks for them?",
      ),
  );
  return engine;
}
