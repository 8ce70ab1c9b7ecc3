// A model ready to run: forward passes over one sequence, with an exact key/value cache.

import { JigsawError } from "../core/errors.ts";
import type { DeviceTensor, Engine, HostTensor } from "../engine/engine.ts";
import { type Ledger, type Phase, timed } from "../engine/ledger.ts";
import type { Qwen3Config } from "./config.ts";
import { cacheNames } from "./forward.ts";
import { openPrograms, type PassOutputs } from "./graphs.ts";
import { feedTokens, type Positioned } from "./inputs.ts";
import { bind, type ModelWeights, quantizedNames } from "./model-weights.ts";
import { cosSinFeeds } from "./rope.ts";
import { BIG_MODEL } from "./weights.ts";

/** Cached keys and values of some tokens, on the device that computed them. */
export interface KvSegment {
  readonly length: number;
  /** By layer, key before value. */
  readonly tensors: readonly DeviceTensor[];
}

export interface Pass {
  readonly tokens: readonly Positioned[];
  /** Cached segments that every token attends to, oldest first. */
  readonly past?: readonly KvSegment[];
  /** Appends the tokens to the last segment of `past`; the segment that comes back replaces it. */
  readonly append?: boolean;
  /** 1 for visible, row-major [tokens, keys of their own segment]; without one, every key is visible. */
  readonly mask?: Uint8Array;
  /**
   * Row-major [tokens, vocabSize]: weights of the embedding's rows, whose weighted sum is added to each token's embedding.
   * A row of zeros leaves a token as it is; 1 at a colour and -1 at the mask turn a mask into that colour.
   */
  readonly softEmbeddings?: Float32Array;
  /** Position ids, for sequence positions; by default the tokens follow all of `past`. */
  readonly indices?: readonly number[];
}

export interface PassResult {
  /** Row-major [requested tokens, vocabSize]; empty where none is requested. */
  readonly logits: Float32Array;
  /** Keys and values of the tokens; with `append`, of the whole segment. */
  readonly segment?: KvSegment;
}

export interface Model {
  readonly config: Qwen3Config;
  /** Runs a pass and books it to the ledger. */
  run(pass: Pass, want: PassOutputs, ledger: Ledger, phase: Phase): Promise<PassResult>;
  /** Copies some of a segment's tokens into a new segment, in the order of `tokens`; books nothing. */
  gather(segment: KvSegment, tokens: readonly number[]): Promise<KvSegment>;
  /** Copies two segments into one; books nothing. */
  concat(first: KvSegment, second: KvSegment): Promise<KvSegment>;
  /** Frees segments' memory; no later pass may use them. */
  free(...segments: KvSegment[]): Promise<void>;
  close(): Promise<void>;
}

export interface ModelOptions {
  /** Runs all passes with one program instead of one for each kind of pass: slower by a little, but weights are in memory once. By default for big models. */
  readonly oneProgram?: boolean;
}

/** A model of the given weights on an engine. Graphs are compiled when first needed. */
export function openModel(
  engine: Engine,
  config: Qwen3Config,
  weights: ModelWeights,
  { oneProgram }: ModelOptions = {},
): Model {
  const quantized = quantizedNames(weights);
  if (quantized.size && engine.device !== "cpu") {
    throw new JigsawError(
      "unsupported",
      `int8 weights run on the CPU only, not on ${engine.device}`,
      "Use --device cpu or --weights float32.",
    );
  }
  const bound = bind(weights);
  // The universal program takes empty segments, which are only sure to work on the CPU.
  const shared = oneProgram ?? (engine.device === "cpu" && bound.bytes > BIG_MODEL);
  const programs = openPrograms(engine, config, { ...bound, quantized }, shared);
  const positions = config.jigsaw.positions;
  const pad = config.jigsaw.maskToken ?? 0;

  const present = cacheNames("present", config.layers);
  const segmentOf = (onDevice: Readonly<Record<string, DeviceTensor>>, length: number): KvSegment => ({
    length,
    tensors: present.map((name) => onDevice[name]!),
  });

  return {
    config,
    async run({ tokens, past = [], append = false, mask, softEmbeddings, indices }, want, ledger, phase) {
      const pastLength = past.reduce((sum, segment) => sum + segment.length, 0);
      const keys = pastLength + tokens.length;
      if (keys > config.maxPositions) {
        throw new JigsawError(
          "too-long",
          `${keys} tokens are more than the model's ${config.maxPositions} positions`,
        );
      }
      const lengths = past.map(({ length }) => length);
      const { program, feeds, outputs, order } = await programs.prepare(
        { tokens: tokens.length, lengths, append, mask, softEmbeddings },
        want,
      );
      const own = tokens.length + (append ? past.at(-1)!.length : 0);
      const { coordinates, ...fed } = feedTokens([tokens], positions, pad, [
        indices ?? tokens.map((_, i) => pastLength + i),
      ]);
      const all: Record<string, HostTensor | DeviceTensor> = {
        ...feeds,
        ...fed,
        ...(engine.float64 === false ? cosSinFeeds(config, coordinates) : { coordinates }),
      };
      for (const [s, segment] of past.entries()) {
        for (const [i, name] of cacheNames(order[s]!, config.layers).entries())
          all[name] = segment.tensors[i]!;
      }
      const { values, onDevice } = await timed(ledger, phase, () => engine.run(program, all, outputs));
      ledger.passes++;
      ledger.positions += tokens.length;
      ledger.pairs += tokens.length * keys;
      const logits = (values.logits?.data as Float32Array | undefined) ?? new Float32Array();
      return {
        logits,
        ...(want.cache && { segment: segmentOf(onDevice, own) }),
      };
    },
    async gather(segment, tokens) {
      const rows = { dims: [tokens.length], data: BigInt64Array.from(tokens, BigInt) };
      const names = cacheNames(0, config.layers);
      const feeds = Object.fromEntries(names.map((name, i) => [name, segment.tensors[i]!]));
      const { onDevice } = await engine.run(await programs.gather(), { rows, ...feeds });
      return segmentOf(onDevice, tokens.length);
    },
    async concat(first, second) {
      const feeds = [first, second].flatMap(({ tensors }, s) =>
        cacheNames(s, config.layers).map((name, i) => [name, tensors[i]!] as const),
      );
      const { onDevice } = await engine.run(await programs.concat(), Object.fromEntries(feeds));
      return segmentOf(onDevice, first.length + second.length);
    },
    free: (...segments) => engine.free(segments.flatMap((segment) => segment.tensors)),
    close: () => programs.close(),
  };
}
