// jigsaw export --model runs/adapted --unprune --out exported
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import * as z from "zod";
import type { FloatDtype } from "../checkpoint/dtype.ts";
import { writeBundle } from "../checkpoint/node/bundle-file.ts";
import { type OpenCheckpoint, openCheckpoint } from "../checkpoint/node/checkpoint.ts";
import { checkEmpty, exportCheckpoint, storedDtype } from "../checkpoint/node/export.ts";
import { readAdapter } from "../checkpoint/node/peft.ts";
import { prunedSource, unprunedSource } from "../checkpoint/node/prune.ts";
import { hasPuzzleVocabulary, readVocabulary, vocabularyOf } from "../checkpoint/node/puzzle-checkpoint.ts";
import { findTokenizer } from "../checkpoint/node/tokenizer.ts";
import { fileSource, type WeightSource, withMerged } from "../checkpoint/node/weight-source.ts";
import { extendTokenizer } from "../checkpoint/puzzle-tokenizer.ts";
import { storedVocabulary } from "../checkpoint/vocabulary.ts";
import { JigsawError } from "../core/errors.ts";
import { openEngine } from "../engine/node/open.ts";
import { modelFolder, versions } from "../load.ts";
import { warn } from "./harness.ts";
import { addOptions, readOptions } from "./options.ts";
import { bytes } from "./terminal.ts";

const DTYPES = { float32: "F32", bfloat16: "BF16", float16: "F16" } as const satisfies Record<
  string,
  FloatDtype
>;
type DtypeName = keyof typeof DTYPES;

export const exportOptions = z.object({
  model: z.string().describe("the model: a folder, a shipped name or a pulled hub id"),
  adapter: z.string().optional().describe("a LoRA adapter's folder (PEFT's files) to merge into it"),
  out: z.string().describe("the new folder to write"),
  format: z
    .enum(["hf", "web"])
    .default("hf")
    .describe("Hugging Face's layout, or a bundle for browsers: weights and a manifest"),
  dtype: z
    .enum(Object.keys(DTYPES) as [DtypeName, ...DtypeName[]])
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

async function withOpen<T>(folder: string, work: (open: OpenCheckpoint) => Promise<T>): Promise<T> {
  const open = await openCheckpoint(folder, warn);
  try {
    return await work(open);
  } finally {
    await open.file.close();
  }
}

/** The model, with the adapter merged where one is named. */
async function withSource<T>(
  source: WeightSource,
  adapter: string | undefined,
  work: (source: WeightSource) => Promise<T>,
): Promise<T> {
  if (adapter === undefined) return work(source);
  const engine = await openEngine({ device: "cpu" });
  try {
    return await withMerged(engine, source, await readAdapter(adapter, source.config), work);
  } finally {
    await engine.close();
  }
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
  readonly folder: string;
  readonly source: WeightSource;
  readonly dtype: FloatDtype;
}

async function exportUnpruned({ options, folder, source, dtype }: Job): Promise<void> {
  const saved = await readVocabulary(folder);
  if (!saved || !hasPuzzleVocabulary(source.config)) {
    const what = saved
      ? "has its full vocabulary already"
      : "holds no vocabulary.json, so it was never pruned";
    throw new JigsawError("bad-option", `--unprune: ${folder} ${what}`, "Leave out --unprune.");
  }
  const { vocabulary } = saved;
  const from = baseFolder(options.base, saved.base?.model);
  await withOpen(from, async (base) => {
    const full = await unprunedSource(source, vocabulary, base, saved.base);
    const tokenizer = await findTokenizer(from);
    if (!tokenizer) warn(`${from}: holds no tokenizer.json, so none is written`);
    await exportCheckpoint(options.out, full, {
      dtype,
      plain: options.plain ?? true,
      shardBytes: parseSize(options.maxShardSize),
      beside: from,
      tokenizer: tokenizer && extendTokenizer(tokenizer, vocabulary),
      // Where nothing was trained, the new tokens have no rows yet.
      vocabulary: { vocabulary: full.trained ? storedVocabulary(vocabulary) : vocabulary },
    });
  });
}

const exportWhole = ({ options, folder, source, dtype }: Job): Promise<void> =>
  exportCheckpoint(options.out, source, {
    dtype,
    plain: options.plain ?? false,
    shardBytes: parseSize(options.maxShardSize),
    beside: folder,
  });

async function exportWeb({ options, source }: Job): Promise<void> {
  const { dtype = "float32" } = options;
  if (dtype === "bfloat16") {
    throw new JigsawError("bad-option", "--dtype bfloat16: a bundle holds float32 or float16");
  }
  const writtenBy = `jigsaw-lm ${versions().jigsaw}`;
  await writeBundle(options.out, source, { dtype, writtenBy });
}

async function run(options: ExportOptions): Promise<void> {
  parseSize(options.maxShardSize);
  await checkEmpty(options.out);
  const web = options.format === "web";
  if (web && options.unprune) {
    throw new JigsawError("bad-option", "--unprune: a bundle is for puzzles, in their own vocabulary");
  }
  const folder = modelFolder(options.model);
  await withOpen(folder, async (open) => {
    const dtype = options.dtype ? DTYPES[options.dtype] : storedDtype(open);
    await withSource(await openSource(open, folder, web), options.adapter, async (source) => {
      const job = { options, folder, source, dtype };
      await (web ? exportWeb(job) : options.unprune ? exportUnpruned(job) : exportWhole(job));
    });
  });
  const names = await readdir(options.out);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(options.out, name))).size));
  console.log(`${names.length} files, ${bytes(sizes.reduce((a, b) => a + b, 0))} -> ${options.out}`);
}

/** The weights to export; those of a bundle for browsers are pruned to our 64 tokens. */
async function openSource(open: OpenCheckpoint, folder: string, web: boolean): Promise<WeightSource> {
  if (!web || hasPuzzleVocabulary(open.config)) return fileSource(open);
  return prunedSource(open, await vocabularyOf(folder, open.config));
}

export const exportCommand = (): Command =>
  addOptions(new Command("export"), exportOptions)
    .description(
      "Writes a model for others to open: merged, in Hugging Face's layout, in the full vocabulary again, or as a bundle for browsers.",
    )
    .addHelpText("after", HELP)
    .action((raw) => run(readOptions(exportOptions, raw)));
