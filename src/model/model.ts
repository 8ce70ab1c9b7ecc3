// A model ready to run: forward passes over one sequence, with exact caches of what came before.

import { JigsawError } from "../core/errors.ts";
import type { DeviceTensor, Engine, HostTensor } from "../engine/engine.ts";
import { type Ledger, type Phase, timed } from "../engine/ledger.ts";
import type { Qwen3Config } from "./config.ts";
import { cacheNames } from "./forward.ts";
import { openPrograms, type Wanted } from "./graphs.ts";
import { feedTokens, type Positioned } from "./inputs.ts";
import { bind, type ModelWeights, quantizedNames } from "./model-weights.ts";
import { cosSinFeeds } from "./rope.ts";
import { BIG_MODEL } from "./weights.ts";

/** Keys and values of tokens that later passes can see, kept where they were computed. */
export interface Segment {
  readonly length: number;
  /** By layer, key before value. */
  readonly tensors: readonly DeviceTensor[];
}

export interface Pass {
  readonly tokens: readonly Positioned[];
  /** What the tokens see beside themselves, oldest first. */
  readonly past?: readonly Segment[];
  /** Appends the tokens to the last segment of `past`; the segment that comes back replaces it. */
  readonly extend?: boolean;
  /** 1 for visible, row-major [tokens, keys of their own segment]; without one, every key is visible. */
  readonly mask?: Uint8Array;
  /**
   * What is added to each token's embedding, as shares of the embedding's rows: row-major [tokens, vocabSize]. A row of
   * zeros leaves a token as it is; 1 at a colour and -1 at the mask turn a mask into that colour.
   */
  readonly soft?: Float32Array;
  /** Where each token stands, for positions in sequence; by default after all of `past`. */
  readonly indices?: readonly number[];
}

export interface PassOutputs {
  /** Row-major [tokens asked for, vocabSize]; empty where none is. */
  readonly logits: Float32Array;
  /** Keys and values of the tokens, or of the extended segment. */
  readonly segment?: Segment;
}

export interface Model {
  readonly config: Qwen3Config;
  /** Runs a pass and books it to the ledger. */
  run(pass: Pass, want: Wanted, ledger: Ledger, phase: Phase): Promise<PassOutputs>;
  /** A copy of some of a segment's tokens, in the order given; books nothing. */
  select(segment: Segment, tokens: readonly number[]): Promise<Segment>;
  /** A copy of two segments, one after the other; books nothing. */
  join(first: Segment, second: Segment): Promise<Segment>;
  /** Frees segments that no pass will see again. */
  free(...segments: Segment[]): Promise<void>;
  close(): Promise<void>;
}

export interface ModelOptions {
  /** Whether one program runs all passes, instead of one for each kind of pass: slower by a little, but weights are in memory once. By default where they are many. */
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
  // Segments of no length, as one program for all passes takes them, are only sure to work on the CPU.
  const shared = oneProgram ?? (engine.device === "cpu" && bound.bytes > BIG_MODEL);
  const programs = openPrograms(engine, config, { ...bound, quantized }, shared);
  const positions = config.jigsaw.positions;
  const pad = config.jigsaw.maskToken ?? 0;

  const fresh = cacheNames("fresh", config.layers);
  const segmentOf = (onDevice: Readonly<Record<string, DeviceTensor>>, length: number): Segment => ({
    length,
    tensors: fresh.map((name) => onDevice[name]!),
  });

  return {
    config,
    async run({ tokens, past = [], extend = false, mask, soft, indices }, want, ledger, phase) {
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
        { tokens: tokens.length, lengths, extend, mask, soft },
        want,
      );
      const own = tokens.length + (extend ? past.at(-1)!.length : 0);
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
    async select(segment, tokens) {
      const rows = { dims: [tokens.length], data: BigInt64Array.from(tokens, BigInt) };
      const names = cacheNames(0, config.layers);
      const feeds = Object.fromEntries(names.map((name, i) => [name, segment.tensors[i]!]));
      const { onDevice } = await engine.run(await programs.select(), { rows, ...feeds });
      return segmentOf(onDevice, tokens.length);
    },
    async join(first, second) {
      const feeds = [first, second].flatMap(({ tensors }, s) =>
        cacheNames(s, config.layers).map((name, i) => [name, tensors[i]!] as const),
      );
      const { onDevice } = await engine.run(await programs.join(), Object.fromEntries(feeds));
      return segmentOf(onDevice, first.length + second.length);
    },
    free: (...segments) => engine.free(segments.flatMap((segment) => segment.tensors)),
    close: () => programs.close(),
  };
}
