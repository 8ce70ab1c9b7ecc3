/** A language model's vocabulary cut down to our tokens, and its trained rows put back. Node only. */
import { createHash } from "node:crypto";
import { JigsawError } from "../../core/errors.ts";
import { PLAIN_QWEN3, type Qwen3Config } from "../../model/config.ts";
import { EMBEDDING, HEAD, type Weight, weightShapes } from "../../model/weights.ts";
import { TOKEN, VOCABULARY } from "../../sequence/tokens.ts";
import { decodeFloats, encodeFloats, type FloatDtype } from "../dtype.ts";
import { neededRows, type Vocabulary } from "../vocabulary.ts";
import type { PruningBase } from "../vocabulary-json.ts";
import { type Checkpoint, type OpenCheckpoint, readWeights } from "./checkpoint.ts";
import type { SafetensorsFile } from "./safetensors-file.ts";
import { checkpointSource, fileSource, readSource, type WeightSource } from "./weight-source.ts";

/** The same model in another vocabulary, where its mask token, if it has one, is another. */
const withVocabulary = (config: Qwen3Config, vocabSize: number, mask: number): Qwen3Config => {
  const maskToken = config.jigsaw.maskToken === null ? null : mask;
  return { ...config, vocabSize, jigsaw: { ...config.jigsaw, maskToken } };
};

export const prunedConfig = (config: Qwen3Config): Qwen3Config =>
  withVocabulary(config, VOCABULARY, TOKEN.mask);

/** The rows of a table (embedding or head) [vocabulary, width] that our tokens start from: [64, width]. */
async function pruneTable(file: SafetensorsFile, name: string, vocabulary: Vocabulary): Promise<Weight> {
  const rows = neededRows(vocabulary);
  const stored = await file.readRows(name, rows);
  const width = stored.length / rows.length;
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
  return { dims: [VOCABULARY, width], data };
}

function checkSize({ config, file }: OpenCheckpoint, vocabulary: Vocabulary): void {
  if (config.vocabSize === vocabulary.baseVocab) return;
  throw new JigsawError(
    "bad-checkpoint",
    `${file.path}: its vocabulary has ${config.vocabSize} rows, the map of our tokens is for ${vocabulary.baseVocab}`,
    "Use the model that the vocabulary.json was made for.",
  );
}

/** As `prune`, with weights read when they are asked for. */
export function prunedSource(base: OpenCheckpoint, vocabulary: Vocabulary): WeightSource {
  checkSize(base, vocabulary);
  const { read } = fileSource(base);
  return {
    config: prunedConfig(base.config),
    read: (name) =>
      name === EMBEDDING || name === HEAD ? pruneTable(base.file, name, vocabulary) : read(name),
  };
}

/** A full model with our 64 tokens only. Of embedding and head, just the needed rows are read. */
export async function prune(
  base: OpenCheckpoint,
  vocabulary: Vocabulary,
  warn: (message: string) => void = () => {},
): Promise<Checkpoint> {
  checkSize(base, vocabulary);
  const weights = await readWeights(base, (name) => pruneTable(base.file, name, vocabulary), warn);
  return { config: prunedConfig(base.config), weights };
}

/** What tells a base from others, to be saved beside the pruned model. `model`: what to call it. */
export async function pruningBase(
  { config, file }: OpenCheckpoint,
  vocabulary: Vocabulary,
  model: string,
): Promise<PruningBase> {
  const rows = await file.readRows(EMBEDDING, neededRows(vocabulary));
  return {
    model,
    hiddenSize: config.hiddenSize,
    sha256: createHash("sha256").update(encodeFloats(rows, "F32")).digest("hex"),
  };
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Whether values are those given, bit for bit, or those given as a base's tensor stores them. */
function isSame(values: Float32Array, given: Float32Array, file: SafetensorsFile, name: string): boolean {
  const dtype = file.entries.get(name)!.dtype as FloatDtype;
  const found = encodeFloats(values, "F32");
  return (
    sameBytes(found, encodeFloats(given, "F32")) ||
    sameBytes(found, encodeFloats(decodeFloats(encodeFloats(given, dtype), dtype, name), "F32"))
  );
}

/** Whether any weight differs from what pruning gave; ends at the first. */
async function isTrained(
  base: OpenCheckpoint,
  { config, read }: WeightSource,
  tables: Readonly<Record<string, Weight>>,
): Promise<boolean> {
  const { entries } = base.file;
  for (const name of Object.keys(weightShapes(config))) {
    if (!entries.has(name)) return true;
    const before = tables[name]?.data ?? (await base.file.read(name));
    if (!isSame((await read(name)).data, before, base.file, name)) return true;
  }
  return false;
}

/** Rows of a table are read so many at once, so that it is in memory once only. */
const ROWS_AT_ONCE = 4096;

/** A base's whole table with its trained rows in it; `size` rows. */
async function fillTable(
  file: SafetensorsFile,
  name: string,
  trained: Weight,
  vocabulary: Vocabulary,
  size: number,
): Promise<Weight> {
  const width = trained.dims[1]!;
  const data = new Float32Array(size * width);
  for (let row = 0; row < vocabulary.baseVocab; row += ROWS_AT_ONCE) {
    const length = Math.min(ROWS_AT_ONCE, vocabulary.baseVocab - row);
    const rows = Array.from({ length }, (_, i) => row + i);
    data.set(await file.readRows(name, rows), row * width);
  }
  for (const [token, id] of vocabulary.ids.entries())
    data.set(trained.data.subarray(token * width, (token + 1) * width), id * width);
  return { dims: [size, width], data };
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

const wrongBase = ({ file }: OpenCheckpoint, what: string) =>
  new JigsawError(
    "bad-checkpoint",
    `${file.path}: is not the model that the vocabulary was pruned from: ${what}`,
    "Name the base model that vocabulary.json names.",
  );

export interface Unpruned extends WeightSource {
  /** Whether anything differs from the base. */
  readonly trained: boolean;
}

/** As `unprune`, with weights read when they are asked for, from both models. */
export async function unprunedSource(
  pruned: WeightSource,
  vocabulary: Vocabulary,
  base: OpenCheckpoint,
  saved?: PruningBase,
): Promise<Unpruned> {
  const { config } = pruned;
  checkSize(base, vocabulary);
  checkSame(config, base);
  if (saved) {
    const found = await pruningBase(base, vocabulary, saved.model);
    if (found.sha256 !== saved.sha256) throw wrongBase(base, `its embedding is not that of ${saved.model}`);
  }
  const names = config.tieWordEmbeddings ? [EMBEDDING] : [EMBEDDING, HEAD];
  const starts: Record<string, Weight> = {};
  for (const name of names) starts[name] = await pruneTable(base.file, name, vocabulary);
  const trained = await isTrained(base, pruned, starts);
  const size = trained
    ? Math.max(vocabulary.baseVocab, ...vocabulary.ids.map((id) => id + 1))
    : vocabulary.baseVocab;
  const put = trained ? vocabulary : { ...vocabulary, ids: [], from: [] };
  return {
    config: withVocabulary(config, size, vocabulary.ids[TOKEN.mask]!),
    trained,
    async read(name) {
      const weight = await pruned.read(name);
      return names.includes(name) ? fillTable(base.file, name, weight, put, size) : weight;
    },
  };
}

/**
 * A pruned model in its base's full vocabulary. Trained rows go where the base has their tokens; tokens that are new
 * take the rows set aside for them, and the matrix grows where it ends before those. Where nothing at all was trained, it is the base, bit for bit (when written in the
 * base's dtype). `saved`: what `pruningBase` said of the base, which is refused where it is another.
 */
export const unprune = async (
  pruned: Checkpoint,
  vocabulary: Vocabulary,
  base: OpenCheckpoint,
  saved?: PruningBase,
): Promise<Checkpoint> => readSource(await unprunedSource(checkpointSource(pruned), vocabulary, base, saved));
