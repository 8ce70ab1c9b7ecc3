/** Any Qwen3 checkpoint as a model of puzzles, with our 64 tokens. Node only. */

import { currentFile } from "../../files/atomic.ts";
import { ifThere, readJson } from "../../files/json.ts";
import type { Qwen3Config } from "../../model/config.ts";
import type { Checkpoint, LazyWeight } from "../../model/state-dict.ts";
import { VOCABULARY } from "../../sequence/tokens.ts";
import { findVocabulary, type Vocabulary } from "../vocabulary.ts";
import { parseVocabulary, type SavedVocabulary, VOCABULARY_FILE } from "../vocabulary-json.ts";
import { collectCheckpoint, type OpenCheckpoint, openCheckpoint, type Warn } from "./checkpoint.ts";
import { prune, pruningBase } from "./prune.ts";
import { findTokenizer } from "./tokenizer.ts";
import { repositoryName } from "./tokenizer-hints.ts";

/** What the folder's `vocabulary.json` holds; undefined where there is none. */
export async function readVocabulary(folder: string): Promise<SavedVocabulary | undefined> {
  const path = await currentFile(folder, VOCABULARY_FILE);
  const json = await ifThere(readJson(path, "bad-checkpoint"));
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

export interface PuzzleCheckpoint extends OpenCheckpoint<LazyWeight> {
  /** Where its tokens came from, if it was pruned from a language model, just now or before. */
  readonly vocabulary: SavedVocabulary | undefined;
}

/**
 * Opens a checkpoint's folder for puzzles: as it is where it has our vocabulary, else pruned to it, its mask token then
 * being ours.
 */
export async function openPuzzleCheckpoint(folder: string, warn?: Warn): Promise<PuzzleCheckpoint> {
  const open = await openCheckpoint(folder, warn);
  try {
    if (hasPuzzleVocabulary(open.config)) return { ...open, vocabulary: await readVocabulary(folder) };
    const vocabulary = await vocabularyOf(folder, open.config);
    const base = await pruningBase(open, vocabulary, repositoryName(folder));
    return { ...prune(open, vocabulary), vocabulary: { vocabulary, base } };
  } catch (error) {
    await open[Symbol.asyncDispose]();
    throw error;
  }
}

/** Reads a checkpoint's folder for puzzles (see `openPuzzleCheckpoint`), all weights as float32 values. */
export async function readPuzzleCheckpoint(folder: string, warn?: Warn): Promise<Checkpoint> {
  await using open = await openPuzzleCheckpoint(folder, warn);
  return await collectCheckpoint(open, warn);
}
