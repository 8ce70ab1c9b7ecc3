/** A language model's vocabulary cut down to our tokens, and its trained rows put back. Node only. */
import { createHash } from "node:crypto";
import { JigsawError } from "../../core/errors.ts";
import { PLAIN_QWEN3, type Qwen3Config } from "../../model/config.ts";
import { type Checkpoint, type LazyWeight, readWeight, type StateDict } from "../../model/state-dict.ts";
import { EMBEDDING, HEAD, type Weight, weightShapes } from "../../model/weights.ts";
import { TOKEN, VOCABULARY } from "../../sequence/tokens.ts";
import { decodeFloats, encodeFloats, type FloatDtype } from "../dtype.ts";
import { neededRows, storedVocabulary, type Vocabulary } from "../vocabulary.ts";
import type { PruningBase } from "../vocabulary-json.ts";
import type { OpenCheckpoint } from "./checkpoint.ts";
import type { FileTensor } from "./safetensors-file.ts";

/** The same model in another vocabulary, where its mask token, if it has one, is another. */
const withVocabulary = (config: Qwen3Config, vocabSize: number, mask: number): Qwen3Config => {
  const maskToken = config.jigsaw.maskToken === null ? null : mask;
  return { ...config, vocabSize, jigsaw: { ...config.jigsaw, maskToken } };
};

export const prunedConfig = (config: Qwen3Config): Qwen3Config =>
  withVocabulary(config, VOCABULARY, TOKEN.mask);

/** The rows of a table (embedding or head) [vocabulary, width] that our tokens start from: [64, width]. */
function pruneTable(table: FileTensor, vocabulary: Vocabulary): LazyWeight {
  const width = table.dims[1]!;
  const read = async () => {
    const rows = neededRows(vocabulary);
    const stored = await table.readRows(rows);
    const at = new Map(rows.map((row, i) => [row, i * width]));
    const data = new Float32Array(VOCABULARY * width);
    for (const [token, id] of vocabulary.ids.entries()) {
      const from = vocabulary.from[token]!;
      const starts = (from.length ? from : [id]).map((row) => at.get(row)!);
      for (let i = 0; i < width; i++) {
        // Not summed where there is one: -0 is to stay -0.
        const sum = starts
          .slice(1)
          .reduce((total, start) => total + stored[start + i]!, stored[starts[0]! + i]!);
        data[token * width + i] = sum / starts.length;
      }
    }
    return data;
  };
  return { dims: [VOCABULARY, width], read };
}

/** The embedding and, where it is not tied to it, the head. */
const tablesOf = <W>(weights: Readonly<Record<string, W>>): [string, W][] =>
  [EMBEDDING, HEAD].flatMap((name) => (weights[name] ? [[name, weights[name]]] : []));

const pruneTables = ({ weights }: OpenCheckpoint, vocabulary: Vocabulary): Record<string, LazyWeight> =>
  Object.fromEntries(tablesOf(weights).map(([name, table]) => [name, pruneTable(table, vocabulary)]));

function checkSize({ config, path }: OpenCheckpoint, vocabulary: Vocabulary): void {
  if (config.vocabSize === vocabulary.baseVocab) return;
  throw new JigsawError(
    "bad-checkpoint",
    `${path}: its vocabulary has ${config.vocabSize} rows, the map of our tokens is for ${vocabulary.baseVocab}`,
    "Use the model that the vocabulary.json was made for.",
  );
}

/** A full model with our 64 tokens only. Of embedding and head, just the needed rows are read. */
export function prune(base: OpenCheckpoint, vocabulary: Vocabulary): OpenCheckpoint<LazyWeight> {
  checkSize(base, vocabulary);
  const { unusedHead } = base;
  return {
    ...base,
    config: prunedConfig(base.config),
    weights: { ...base.weights, ...pruneTables(base, vocabulary) },
    unusedHead: unusedHead && pruneTable(unusedHead, vocabulary),
  };
}

/** A base's fingerprint, to be saved with the pruned model. `model`: its name. */
export async function pruningBase(
  { config, weights }: OpenCheckpoint,
  vocabulary: Vocabulary,
  model: string,
): Promise<PruningBase> {
  const rows = await weights[EMBEDDING]!.readRows(neededRows(vocabulary));
  return {
    model,
    hiddenSize: config.hiddenSize,
    sha256: createHash("sha256").update(encodeFloats(rows, "F32")).digest("hex"),
  };
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Whether values are those given, bit for bit, or those given as rounded to a dtype. */
function isSame(values: Float32Array, given: Float32Array, dtype: FloatDtype): boolean {
  const found = encodeFloats(values, "F32");
  return (
    sameBytes(found, encodeFloats(given, "F32")) ||
    sameBytes(found, encodeFloats(decodeFloats(encodeFloats(given, dtype), dtype, "a weight"), "F32"))
  );
}

/** Whether any weight differs from what pruning gave; ends at the first. */
async function isTrained(base: OpenCheckpoint, vocabulary: Vocabulary, weights: StateDict): Promise<boolean> {
  const before: StateDict = { ...base.weights, ...pruneTables(base, vocabulary) };
  for (const [name, weight] of Object.entries(weights)) {
    const tensor = base.weights[name];
    if (!tensor) return true;
    const dtype = tensor.location.dtype as FloatDtype;
    if (!isSame(await readWeight(weight), await readWeight(before[name]!), dtype)) return true;
  }
  return false;
}

/** Rows of a table are read so many at once, so that it is in memory once only. */
const ROWS_AT_ONCE = 4096;

/** A base's whole table with the trained rows of some tokens (by their `ids` there) in it; `size` rows. */
function fillTable(
  base: FileTensor,
  trained: Weight | LazyWeight,
  ids: readonly number[],
  size: number,
): LazyWeight {
  const [baseRows, width] = base.dims as [number, number];
  const read = async () => {
    const data = new Float32Array(size * width);
    for (let row = 0; row < baseRows; row += ROWS_AT_ONCE) {
      const length = Math.min(ROWS_AT_ONCE, baseRows - row);
      const rows = Array.from({ length }, (_, i) => row + i);
      data.set(await base.readRows(rows), row * width);
    }
    const values = await readWeight(trained);
    for (const [token, id] of ids.entries())
      data.set(values.subarray(token * width, (token + 1) * width), id * width);
    return data;
  };
  return { dims: [size, width], read };
}

function checkSame(pruned: Qwen3Config, base: OpenCheckpoint): void {
  const plain: Qwen3Config = { ...prunedConfig(base.config), jigsaw: PLAIN_QWEN3 };
  const wanted = Object.entries(weightShapes(plain));
  const found = weightShapes(pruned);
  const other = wanted.find(([name, shape]) => String(found[name]) !== String(shape));
  const extra = pruned.tieWordEmbeddings !== base.config.tieWordEmbeddings || pruned.layers !== plain.layers;
  if (!other && !extra) return;
  const what = other ? `${other[0]} is [${found[other[0]] ?? "missing"}], pruned from it [${other[1]}]` : "";
  throw wrongBase(base, what || "it has other layers or another head");
}

const wrongBase = ({ path }: OpenCheckpoint, what: string) =>
  new JigsawError(
    "bad-checkpoint",
    `${path}: is not the model that the vocabulary was pruned from: ${what}`,
    "Name the base model that vocabulary.json names.",
  );

/**
 * A pruned model in its base's full vocabulary, its weights read from both. Trained rows go where the base has their
 * tokens; tokens that are new take the rows set aside for them, and the matrix grows where it ends before those. Where
 * nothing at all was trained, it is the base, bit for bit (when written in the base's dtype). `vocabulary` is then the one
 * given, else that of the grown matrix.
 * @param saved what `pruningBase` said of the base, which is refused where it is another
 */
export async function unprune(
  { config, weights }: Checkpoint<StateDict>,
  vocabulary: Vocabulary,
  base: OpenCheckpoint,
  saved?: PruningBase,
): Promise<Checkpoint<StateDict> & { readonly vocabulary: Vocabulary }> {
  checkSize(base, vocabulary);
  checkSame(config, base);
  if (saved) {
    const found = await pruningBase(base, vocabulary, saved.model);
    if (found.sha256 !== saved.sha256) throw wrongBase(base, `its embedding is not that of ${saved.model}`);
  }
  const trained = await isTrained(base, vocabulary, weights);
  const full = trained ? storedVocabulary(vocabulary) : vocabulary;
  const ids = trained ? vocabulary.ids : [];
  const tables = tablesOf(weights).map(([name, weight]): [string, LazyWeight] => [
    name,
    fillTable(base.weights[name]!, weight, ids, full.baseVocab),
  ]);
  return {
    config: withVocabulary(config, full.baseVocab, vocabulary.ids[TOKEN.mask]!),
    weights: { ...weights, ...Object.fromEntries(tables) },
    vocabulary: full,
  };
}
