import type { Engine } from "./engine.ts";
import { type NodeEngineOptions, openNodeEngine } from "./node.ts";
export const openEngine = async (options: NodeEngineOptions = {}): Promise<Engine> => openNodeEngine(options);
