// Trying one device for real, in a process of its own, so that a crash there is a finding here.
import { fork } from "node:child_process";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Device } from "../engine/engine.ts";
import type { Findings } from "./probe.ts";

export interface DeviceReport extends Findings {
  readonly device: Device;
  readonly works?: true;
  /** How to make the device work. */
  readonly advice?: string;
}

/** The script that fetches ONNX Runtime's CUDA provider. */
const installer = createRequire(import.meta.url)
  .resolve("onnxruntime-node/package.json")
  .replace("package.json", "script/install.js");

/** How to make a device work that does not. */
function adviceFor(device: Device): string {
  const linux = platform() === "linux" && arch() === "x64";
  if (device === "cuda") {
    return linux
      ? "For an NVIDIA GPU: install its driver, CUDA 12 and cuDNN 9, then fetch ONNX Runtime's CUDA provider with " +
          `\`node ${installer} --onnxruntime-node-install=cuda12\`.`
      : "ONNX Runtime for Node has CUDA on Linux x64 only; try webgpu.";
  }
  if (device === "webgpu") {
    if (platform() === "linux" && !linux) return "ONNX Runtime for Node has no WebGPU on Linux arm64.";
    return linux
      ? "It needs a Vulkan loader and driver: on Debian and Ubuntu libvulkan1 and mesa-vulkan-drivers, or NVIDIA's " +
          "own driver; `vulkaninfo --summary` should then list the GPU."
      : "It needs a GPU with a current driver.";
  }
  return "Reinstall with `npm ci`; ONNX Runtime has no build for every system.";
}

const PROBE = new URL(`./probe${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

/** Runs `probe` on a device, for so many seconds at most. */
export async function tryDevice(device: Device, seconds: number, probe: URL = PROBE): Promise<DeviceReport> {
  const child = fork(probe, [device], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
  const found: Findings = {};
  child.on("message", (findings: Findings) => void Object.assign(found, findings));
  const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
  const ended = new Promise<string | undefined>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("exit", (code, signal) => {
      if (signal === "SIGKILL") resolve(`took more than ${seconds} s`);
      else if (signal) resolve(`its provider crashed (${signal})`);
      else resolve(code ? `its process failed with ${code}` : undefined);
    });
  });
  // Its last message can arrive after it has ended.
  const silent = new Promise((resolve) => child.on("disconnect", resolve));
  const [failure] = await Promise.all([ended, silent]);
  clearTimeout(timer);
  // A provider that crashes when all is done, as it unloads, does no harm.
  const problem = found.problem ?? (found.step ? undefined : failure);
  return {
    device,
    ...found,
    ...(problem && { problem }),
    ...(!found.works && { advice: adviceFor(device) }),
  };
}
