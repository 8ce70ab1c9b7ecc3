// jigsaw pull Qwen/Qwen3-0.6B
import { Command } from "commander";
import { JigsawError } from "../core/errors.ts";
import { type Progress, pullModel } from "../hub/pull-model.ts";
import { withInterrupt } from "./harness.ts";
import { fetchView } from "./progress.ts";
import { bytes, plural } from "./terminal.ts";

const HELP = `
Fetched are the configuration, the tokenizer and the weights in safetensors, each checked against the hub's checksum.
They lie in Hugging Face's own cache, which its Python tools share; HF_HOME, HF_HUB_CACHE, XDG_CACHE_HOME, HF_TOKEN,
HF_ENDPOINT and HF_HUB_OFFLINE mean what they mean there. Ctrl-C stops, and the same command goes on.

Examples:
  jigsaw pull Qwen/Qwen3-0.6B
  jigsaw pull Qwen/Qwen3-0.6B@main`;

export function pullCommand(): Command {
  return new Command("pull")
    .description("Fetches a model of the Hugging Face hub into its cache, and prints the folder.")
    .argument("<model>", "its id, org/name or org/name@revision (branch, tag or commit)")
    .addHelpText("after", HELP)
    .action(pullAction);
}

async function pullAction(id: string): Promise<void> {
  // The folder alone is printed to standard output, so that scripts can take it.
  const view = fetchView(process.stderr);
  const began = performance.now();
  const pull = async (signal: AbortSignal) => {
    const present = new Set<string>();
    const onProgress = ({ file, fileDone, fileSize, done, total }: Progress) => {
      view.progress({ label: file, done, total });
      if (fileDone < fileSize || present.has(file)) return;
      present.add(file);
      if (!process.stderr.isTTY) view.say(`${file}: ${bytes(fileSize)}`);
    };
    const { folder, files, fetched } = await pullModel(id, { signal, onProgress });
    view.end();
    const seconds = (performance.now() - began) / 1000;
    if (fetched > 0) {
      const rate = bytes(Math.round(fetched / seconds));
      view.say(`${plural(files.length, "file")}, ${bytes(fetched)} fetched at ${rate}/s, all checked`);
    } else view.say("All there already.");
    console.log(folder);
  };
  const reason = () => new JigsawError("interrupted", "stopped", "The same command goes on from here.");
  await withInterrupt(pull, { reason }).finally(view.end);
}
