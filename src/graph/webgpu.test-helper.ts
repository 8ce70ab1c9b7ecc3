import type { Engine } from "../engine/engine.ts";
import { openNodeEngine } from "../engine/node/sessions.ts";

/**
 * The WebGPU engine, or why there is none here. It needs a Vulkan driver; a software one will do, such as that of
 * Debian's chromium package, with VK_ICD_FILENAMES naming its vk_swiftshader_icd.json.
 */
export async function openWebgpu(): Promise<{ engine?: Engine; missing: string }> {
  try {
    return { engine: await openNodeEngine({ device: "webgpu" }), missing: "" };
  } catch (error) {
    const reason = (error as Error).message;
    return { missing: `(skipped: ${/Failed to .*/.exec(reason)?.[0] ?? reason})` };
  }
}
