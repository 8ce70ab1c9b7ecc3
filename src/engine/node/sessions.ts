// The engine in this thread, on ONNX Runtime for Node. `run` blocks the thread while it computes.
import { JigsawError } from "../../core/errors.ts";
import type { Device, Engine } from "../engine.ts";
import { openSessions, probe } from "../sessions.ts";

export interface NodeEngineOptions {
  readonly device?: Device;
  /** Threads for one operator; ONNX Runtime's own choice (one per core) by default. */
  readonly threads?: number | undefined;
}

/**
 * Turns off ONNX Runtime's telemetry (its Linux build looks up a server of its maker, and writes under ~/.cache and the
 * temporary folder), unless JIGSAW_TELEMETRY=runtime. Native code reads the process's environment, of which a worker
 * thread has only a copy, so the main thread calls this, before the runtime is loaded in any thread.
 */
export function disableTelemetry(): void {
  if (process.env.JIGSAW_TELEMETRY !== "runtime") process.env.ORT_DISABLE_TELEMETRY = "1";
}

/**
 * Each session has threads of its own, which by default go on spinning for a while after a run: those of a model's other
 * programs then take the cores from the one that computes (2.4 times as long for `greedy` on two cores).
 */
const NO_SPINNING = { "intra_op.allow_spinning": "0" } as const;

/** Opens an engine on the given device; fails with "unsupported" where the device cannot be used. */
export async function openNodeEngine({ device = "cpu", threads }: NodeEngineOptions = {}): Promise<Engine> {
  disableTelemetry();
  const ort = await import("onnxruntime-node");
  // Errors are thrown; the runtime need not print them too.
  ort.env.logLevel = "fatal";
  const engine = openSessions(ort, {
    device,
    sessionOptions: ({ folder }) => ({
      executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
      ...(threads && { intraOpNumThreads: threads }),
      extra: {
        session: { ...NO_SPINNING, ...(folder && { model_external_initializers_file_folder_path: folder }) },
      },
    }),
  });
  if (device !== "cpu")
    await probe(
      engine,
      (reason) =>
        new JigsawError(
          "unsupported",
          `device "${device}" cannot be used here: ${reason}`,
          `Use --device cpu, or see "jigsaw doctor" for what is missing.`,
        ),
    );
  return engine;
}
