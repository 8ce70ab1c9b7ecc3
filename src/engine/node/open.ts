import { JigsawError } from "../../core/errors.ts";
import { DEVICES, type Device, type Engine } from "../engine.ts";
import { openRemoteEngine } from "./remote.ts";
import { openNodeEngine } from "./sessions.ts";

export interface EngineOptions {
  /**
   * "auto" takes CUDA where its provider is installed and works, and the CPU otherwise. WebGPU is taken only when
   * named: a software Vulkan driver, far slower than the CPU, cannot be told from a real one.
   */
  readonly device?: Device | "auto" | undefined;
  /** Threads for one operator; one per core by default. */
  readonly threads?: number | undefined;
  /** Runs in a worker thread, so that this one stays responsive. */
  readonly worker?: boolean;
}

/** Opens the engine of a device; fails with "unsupported" where a named device cannot be used. */
export async function openEngine({
  device = "auto",
  threads,
  worker = false,
}: EngineOptions = {}): Promise<Engine> {
  if (device !== "auto" && !DEVICES.includes(device)) {
    throw new JigsawError("bad-option", `unknown device "${device}"`, `Known: auto, ${DEVICES.join(", ")}.`);
  }
  const open = worker ? openRemoteEngine : openNodeEngine;
  if (device !== "auto") return open({ device, threads });
  return open({ device: "cuda", threads }).catch((error: unknown) => {
    if (error instanceof JigsawError && error.code === "unsupported") return open({ device: "cpu", threads });
    throw error;
  });
}
