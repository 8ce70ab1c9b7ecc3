// NVIDIA's diffusion models of Qwen3's shape (Efficient-DLM) call the stack "encoder" and the head "diffusion_head".

import { EMBEDDING, HEAD } from "../../model/weights.ts";
import type { SafetensorsFile } from "./safetensors-file.ts";

/** The name that Qwen3 has for a tensor of such a model. */
const plainName = (name: string): string =>
  name === "diffusion_head.weight" ? HEAD : name.replace(/^encoder\./, "model.");

/** A file under Qwen3's names, where it has such a model's; other files as they are. */
export function withPlainNames(file: SafetensorsFile): SafetensorsFile {
  if (file.entries.has(EMBEDDING) || !file.entries.has("encoder.embed_tokens.weight")) return file;
  const entries = [...file.entries.values()].map((entry) => ({ ...entry, name: plainName(entry.name) }));
  const stored = new Map([...file.entries.keys()].map((name) => [plainName(name), name]));
  const storedName = (name: string) => stored.get(name) ?? name;
  return {
    ...file,
    entries: new Map(entries.map((entry) => [entry.name, entry])),
    read: (name) => file.read(storedName(name)),
    readRows: (name, rows) => file.readRows(storedName(name), rows),
  };
}
