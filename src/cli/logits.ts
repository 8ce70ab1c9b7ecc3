// jigsaw logits --model Qwen/Qwen3-0.6B --ids 9707,11,1879 --out logits.safetensors
import { mkdir, readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import * as z from "zod";
import { openCheckpoint } from "../checkpoint/node/checkpoint.ts";
import { loadWeights } from "../checkpoint/node/external-weights.ts";
import { writeSafetensors } from "../checkpoint/node/safetensors-file.ts";
import { JigsawError } from "../core/errors.ts";
import type { Engine } from "../engine/engine.ts";
import { newLedger } from "../engine/ledger.ts";
import { openEngine } from "../engine/node/open.ts";
import { ioError } from "../files/atomic.ts";
import { modelFolder } from "../load.ts";
import { type Model, openModel } from "../model/model.ts";
import { warn } from "./harness.ts";
import { type MaskSpec, maskOf, maskSpecOf, parseMaskSpec, showMaskSpec } from "./mask-spec.ts";
import { addOptions, modelOptions, readOptions } from "./options.ts";

export const logitsOptions = z.object({
  model: z.string().describe("a model's folder or name"),
  ids: z.string().optional().describe("the tokens' ids, separated by commas or spaces"),
  idsFile: z.string().optional().describe("a file of them: a JSON list, or as after --ids"),
  pattern: z
    .string()
    .optional()
    .describe(
      "who sees whom: causal, full, prefix:N (a prompt of N tokens), blocks:N (blocks of N tokens, from the first " +
        "token on) (default: as the checkpoint was trained)",
    ),
  out: z.string().describe('the safetensors file to write: "logits" [tokens, vocabulary], float32'),
  device: modelOptions.device,
  threads: modelOptions.threads,
});

type LogitsOptions = z.infer<typeof logitsOptions>;

/** Reads ids from a JSON list, or numbers between commas and white space; `from` names the text in errors. */
export function parseIds(text: string, from: string): number[] {
  const bad = (what: string) =>
    new JigsawError("bad-option", `${from}: ${what}`, "Ids are whole numbers: 1,2,3 or [1, 2, 3].");
  const trimmed = text.trim();
  const list = /^\[([^[\]]*)\]$/.exec(trimmed)?.[1] ?? trimmed;
  const words = list.split(/[\s,]+/).filter(Boolean);
  if (words.length === 0) throw bad("no ids");
  return words.map((word) => {
    if (!/^\d{1,15}$/.test(word)) throw bad(`${JSON.stringify(word.slice(0, 40))} is no token's id`);
    return Number(word);
  });
}

async function idsOf({ ids, idsFile }: LogitsOptions): Promise<number[]> {
  if ((ids === undefined) === (idsFile === undefined)) {
    throw new JigsawError("bad-option", "either --ids or --ids-file is needed, and not both");
  }
  if (ids !== undefined) return parseIds(ids, "--ids");
  const text = await readFile(idsFile!, "utf8").catch((error) => {
    throw ioError(error, `cannot read ${idsFile}`);
  });
  return parseIds(text, idsFile!);
}

/**
 * One forward pass over a sequence: row-major logits [tokens, vocabSize], and the attention they are under, by default
 * the checkpoint's own. Refuses ids outside the vocabulary, and models whose tokens stand in grids.
 */
export async function logitsOf(model: Model, ids: readonly number[], asked?: MaskSpec) {
  const { vocabSize, jigsaw } = model.config;
  if (jigsaw.positions === "grid") {
    throw new JigsawError(
      "unsupported",
      "the model's tokens stand in grids, which ids alone do not tell",
      'Take a model with positions in sequence, or "jigsaw solve" for puzzles.',
    );
  }
  const outside = ids.findIndex((id) => id >= vocabSize);
  if (outside >= 0) {
    const what = `id ${ids[outside]} (number ${outside + 1} of ${ids.length})`;
    throw new JigsawError("bad-option", `${what} lies outside the vocabulary of ${vocabSize}`);
  }
  const spec = asked ?? maskSpecOf(model.config);
  if (spec.kind === "prefix" && spec.tokens > ids.length) {
    throw new JigsawError(
      "bad-option",
      `--pattern ${showMaskSpec(spec)}: there are only ${ids.length} tokens`,
    );
  }
  const place = { grid: 0, row: 0, column: 0, below: 0, right: 0 };
  const mask = maskOf(spec, ids.length);
  const pass = { tokens: ids.map((id) => ({ id, place })), ...(mask && { mask }) };
  const { logits } = await model.run(pass, { logits: true, cache: false }, newLedger(), "prompt");
  return { logits, spec };
}

async function run(options: LogitsOptions, engine: Engine): Promise<void> {
  const asked = options.pattern === undefined ? undefined : parseMaskSpec(options.pattern);
  const ids = await idsOf(options);
  // With the vocabulary that it has.
  await using checkpoint = await openCheckpoint(modelFolder(options.model), warn);
  const model = openModel(engine, checkpoint.config, await loadWeights(checkpoint, { warn }));
  const { logits: data, spec } = await logitsOf(model, ids, asked);
  await model.close();
  const out = resolve(options.out);
  await mkdir(dirname(out), { recursive: true }).catch((error) => {
    throw ioError(error, `cannot write ${options.out}`);
  });
  const logits = { dims: [ids.length, model.config.vocabSize], data };
  const metadata = { ids: JSON.stringify(ids), pattern: showMaskSpec(spec), model: options.model };
  await writeSafetensors(out, { logits }, { metadata });
  console.log(`logits [${logits.dims}] under ${showMaskSpec(spec)} -> ${options.out}`);
}

export function logitsCommand(): Command {
  const command = new Command("logits").description(
    "Run one forward pass of a checkpoint over token ids and write the raw logits, to hold Jigsaw against another implementation.",
  );
  return addOptions(command, logitsOptions).action(async (raw: Record<string, unknown>) => {
    const options = readOptions(logitsOptions, raw);
    const engine = await openEngine(options);
    try {
      await run(options, engine);
    } finally {
      await engine.close();
    }
  });
}
