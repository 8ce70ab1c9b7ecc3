// jigsaw export --model runs/adapted --unprune --out exported
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import * as z from "zod";
import { type FloatDtype, floatDtype, TORCH_DTYPES } from "../checkpoint/dtype.ts";
import { writeBundle } from "../checkpoint/node/bundle-file.ts";
import { openCheckpoint } from "../checkpoint/node/checkpoint.ts";
import { checkEmpty, exportCheckpoint, storedDtype } from "../checkpoint/node/export.ts";
import { adapterBase, readAdapter } from "../checkpoint/node/peft.ts";
import { unprune } from "../checkpoint/node/prune.ts";
import {
  hasPuzzleVocabulary,
  openPuzzleCheckpoint,
  readVocabulary,
} from "../checkpoint/node/puzzle-checkpoint.ts";
import { findTokenizer } from "../checkpoint/node/tokenizer.ts";
import { extendTokenizer } from "../checkpoint/puzzle-tokenizer.ts";
import { JigsawError } from "../core/errors.ts";
import { openEngine } from "../engine/node/open.ts";
import { modelFolder, versions } from "../load.ts";
import { mergedStateDict } from "../model/merge.ts";
import type { Checkpoint, StateDict } from "../model/state-dict.ts";
import { warn } from "./harness.ts";
import { addOptions, readOptions } from "./options.ts";
import { bytes } from "./terminal.ts";

export const exportOptions = z.object({
  model: z.string().describe("the model: a folder, a shipped name or a pulled hub id"),
  adapter: z.string().optional().describe("a LoRA adapter's folder (PEFT's files) to merge into it"),
  out: z.string().describe("the new folder to write"),
  format: z
    .enum(["hf", "web"])
    .default("hf")
    .describe("Hugging Face's layout, or a bundle for browsers: weights and a manifest"),
  dtype: z
    .enum(Object.values(TORCH_DTYPES))
    .optional()
    .describe("how weights are stored (default: as they are; in a bundle float32)"),
  unprune: z
    .boolean()
    .default(false)
    .describe("put the trained rows back into the full vocabulary of the model that it was adapted from"),
  base: z
    .string()
    .optional()
    .describe("that model (default: the one that vocabulary.json names): a folder or a pulled hub id"),
  plain: z
    .boolean()
    .optional()
    .describe(
      "model_type qwen3, which transformers opens, for diffusion models too (default: with --unprune)",
    ),
  maxShardSize: z
    .string()
    .default("5GB")
    .describe("the most bytes of tensors in one file, such as 500MB or 2GiB"),
});

type ExportOptions = z.infer<typeof exportOptions>;

const HELP = `
The folder holds what transformers, vLLM and others look for: config.json, generation_config.json, the weights in
safetensors, and the tokenizer. A diffusion model keeps how it was trained under "jigsaw" in config.json.

Examples:
  An adapter of PEFT's, merged:
    jigsaw export --model Qwen/Qwen3-0.6B --adapter lora/ --out merged

  What "jigsaw adapt" wrote, in Qwen3's full vocabulary again:
    jigsaw export --model runs/adapted --unprune --out adapted-full --dtype bfloat16

  For a web page (see jigsaw-lm/web):
    jigsaw export --model jigsaw-tiny --format web --dtype float16 --out bundle`;

const UNITS: Readonly<Record<string, number>> = {
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** "5GB" as bytes. */
export function parseSize(text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const size = Number(count) * (unit === "" ? 1 : (UNITS[unit?.toLowerCase() ?? ""] ?? Number.NaN));
  if (size >= 1) return Math.floor(size);
  throw new JigsawError("bad-option", `--max-shard-size ${text}: must be a size such as 5GB, 500MB or 2GiB`);
}

/** The model, with the adapter merged where one is named. */
async function withAdapter(
  model: Checkpoint<StateDict>,
  folder: string | undefined,
): Promise<Checkpoint<StateDict> & AsyncDisposable> {
  if (folder === undefined) return { ...model, async [Symbol.asyncDispose]() {} };
  const adapter = await readAdapter(folder, model.config);
  const base = adapterBase(model, adapter);
  const engine = await openEngine({ device: "cpu" });
  const { weights } = await mergedStateDict(engine, base.weights, adapter);
  return { config: base.config, weights, [Symbol.asyncDispose]: () => engine.close() };
}

/** The folder of the model that `folder`'s was pruned from. */
function baseFolder(asked: string | undefined, name: string | undefined): string {
  if (asked === undefined && name === undefined) {
    throw new JigsawError("bad-option", "vocabulary.json names no base model", "Name it: --base MODEL.");
  }
  try {
    return modelFolder(asked ?? name!);
  } catch (error) {
    if (asked !== undefined || !(error instanceof JigsawError)) throw error;
    throw new JigsawError(
      "not-found",
      `the model that this one was pruned from, "${name}", is not here`,
      "Name its folder or hub id: --base MODEL.",
    );
  }
}

interface Job {
  readonly options: ExportOptions;
  /** The model's own folder. */
  readonly folder: string;
  readonly model: Checkpoint<StateDict>;
  readonly dtype: FloatDtype;
}

async function exportUnpruned({ options, folder, model, dtype }: Job): Promise<void> {
  const saved = await readVocabulary(folder);
  if (!saved || !hasPuzzleVocabulary(model.config)) {
    const what = saved
      ? "has its full vocabulary already"
      : "holds no vocabulary.json, so it was never pruned";
    throw new JigsawError("bad-option", `--unprune: ${folder} ${what}`, "Leave out --unprune.");
  }
  const from = baseFolder(options.base, saved.base?.model);
  await using base = await openCheckpoint(from, warn);
  const { vocabulary, ...full } = await unprune(model, saved.vocabulary, base, saved.base);
  const tokenizer = await findTokenizer(from);
  if (!tokenizer) warn(`${from}: holds no tokenizer.json, so none is written`);
  await exportCheckpoint(options.out, full, {
    dtype,
    plain: options.plain ?? true,
    shardBytes: parseSize(options.maxShardSize),
    from,
    tokenizer: tokenizer && extendTokenizer(tokenizer, vocabulary),
    vocabulary: { vocabulary },
  });
}

const exportWhole = ({ options, folder, model, dtype }: Job): Promise<void> =>
  exportCheckpoint(options.out, model, {
    dtype,
    plain: options.plain ?? false,
    shardBytes: parseSize(options.maxShardSize),
    from: folder,
  });

async function exportWeb({ options, model }: Job): Promise<void> {
  const { dtype = "float32" } = options;
  if (dtype === "bfloat16") {
    throw new JigsawError("bad-option", "--dtype bfloat16: a bundle holds float32 or float16");
  }
  const writtenBy = `jigsaw-lm ${versions().jigsaw}`;
  await writeBundle(options.out, model, { dtype, writtenBy });
}

async function exportModel(options: ExportOptions): Promise<void> {
  const web = options.format === "web";
  if (web && options.unprune) {
    throw new JigsawError("bad-option", "--unprune: a bundle is for puzzles, in their own vocabulary");
  }
  const folder = modelFolder(options.model);
  await using open = await (web ? openPuzzleCheckpoint(folder, warn) : openCheckpoint(folder, warn));
  const dtype = options.dtype ? floatDtype(options.dtype) : storedDtype(open);
  await using model = await withAdapter(open, options.adapter);
  const job = { options, folder, model, dtype };
  await (web ? exportWeb(job) : options.unprune ? exportUnpruned(job) : exportWhole(job));
}

async function run(options: ExportOptions): Promise<void> {
  parseSize(options.maxShardSize);
  await checkEmpty(options.out);
  await exportModel(options);
  const names = await readdir(options.out);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(options.out, name))).size));
  console.log(`${names.length} files, ${bytes(sizes.reduce((a, b) => a + b, 0))} -> ${options.out}`);
}

export const exportCommand = (): Command =>
  addOptions(new Command("export"), exportOptions)
    .description(
      "Writes a model for others to open: merged, in Hugging Face's layout, in the full vocabulary again, or as a bundle for browsers.",
    )
    .addHelpText("after", HELP)
    .action((raw) => run(readOptions(exportOptions, raw)));
