/** Any Qwen3 checkpoint as a model of puzzles, with our 64 tokens. Node only. */

import { currentFile } from "../../files/atomic.ts";
import type { Qwen3Config } from "../../model/config.ts";
import { type Precision, roundWeights, type StoredWeights } from "../../model/stored.ts";
import { VOCABULARY } from "../../sequence/tokens.ts";
import { findVocabulary, type Vocabulary } from "../vocabulary.ts";
import { parseVocabulary, type SavedVocabulary, VOCABULARY_FILE } from "../vocabulary-json.ts";
import { type Checkpoint, type OpenCheckpoint, openCheckpoint, readOpen } from "./checkpoint.ts";
import { locateWeights, roundToFile } from "./located.ts";
import { prune, prunedSource } from "./prune.ts";
import { ifThere, readJson } from "./shards.ts";
import { findTokenizer } from "./tokenizer.ts";
import { fileSource } from "./weight-source.ts";

/** What the folder's `vocabulary.json` holds; undefined where there is none. */
export async function readVocabulary(folder: string): Promise<SavedVocabulary | undefined> {
  const path = await currentFile(folder, VOCABULARY_FILE);
  const json = await ifThere(readJson(path));
  return json === undefined ? undefined : parseVocabulary(json, path);
}

/**
 * Where our tokens are in the full vocabulary of a folder's model: by its `vocabulary.json`, or else its tokenizer, or
 * else Qwen3's. The mask of a diffusion checkpoint is the one that it was trained with.
 */
export async function vocabularyOf(folder: string, config: Qwen3Config): Promise<Vocabulary> {
  const saved = await readVocabulary(folder);
  if (saved) return saved.vocabulary;
  const table = await findTokenizer(folder);
  return findVocabulary({
    baseVocab: config.vocabSize,
    table,
    mask: config.jigsaw.maskToken ?? undefined,
    where: folder,
  });
}

/** Whether a model has our own vocabulary, so that nothing is to be pruned. */
export const hasPuzzleVocabulary = (config: Qwen3Config): boolean => config.vocabSize === VOCABULARY;

/** A checkpoint as a model of puzzles, its weights as a model takes them. */
export interface StoredCheckpoint {
  readonly config: Qwen3Config;
  readonly weights: StoredWeights;
}

/** Checkpoints of more bytes are not read whole. */
const BIG = 2 ** 28;

const bytesOf = ({ file }: OpenCheckpoint): number =>
  [...file.entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);

/** A checkpoint with the vocabulary that it has, to be run and not changed: weights of big ones stay in their files. */
export async function storedCheckpoint(
  folder: string,
  warn: (message: string) => void = () => {},
  big = BIG,
): Promise<StoredCheckpoint> {
  const open = await openCheckpoint(folder, warn);
  try {
    if (bytesOf(open) <= big) return await readOpen(open, warn);
    return { config: open.config, weights: await locateWeights(fileSource(open), open.file) };
  } finally {
    await open.file.close();
  }
}

/**
 * As `readPuzzleCheckpoint`, to be run and not changed: weights of big checkpoints stay in their files, and with
 * `precision` "int8" matrices are rounded (see quantise.ts).
 */
export async function storedPuzzleCheckpoint(
  folder: string,
  warn: (message: string) => void = () => {},
  precision: Precision = "float32",
  big = BIG,
): Promise<StoredCheckpoint> {
  const open = await openCheckpoint(folder, warn);
  try {
    if (bytesOf(open) <= big) {
      const { config, weights } = await readPuzzleCheckpoint(folder, warn);
      return { config, weights: precision === "int8" ? roundWeights(weights) : weights };
    }
    const source = hasPuzzleVocabulary(open.config)
      ? fileSource(open)
      : prunedSource(open, await vocabularyOf(folder, open.config));
    const weights = await (precision === "int8" ? roundToFile(source) : locateWeights(source, open.file));
    return { config: source.config, weights };
  } finally {
    await open.file.close();
  }
}

/**
 * Reads a checkpoint's folder for puzzles: as it is where it has our vocabulary, else pruned to it, with only the
 * rows needed read. Its configuration has `jigsaw` where it is a diffusion checkpoint, its mask token then being ours.
 */
export async function readPuzzleCheckpoint(
  folder: string,
  warn: (message: string) => void = () => {},
): Promise<Checkpoint> {
  const open = await openCheckpoint(folder, warn);
  try {
    if (hasPuzzleVocabulary(open.config)) return await readOpen(open, warn);
    return await prune(open, await vocabularyOf(folder, open.config), warn);
  } finally {
    await open.file.close();
  }
}
