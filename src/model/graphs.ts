// The compiled programs of a model: one for each kind of pass, or one for all.
import type { Engine, HostTensor, ProgramId } from "../engine/engine.ts";
import { type Initializers, toOnnx } from "../graph/onnx.ts";
import type { Tensor } from "../graph/tensor.ts";
import { CHUNK } from "./attention.ts";
import type { Qwen3Config } from "./config.ts";
import {
  CHUNKS,
  cacheNames,
  concatGraph,
  gatherGraph,
  type PassKind,
  passGraph,
  type QuantizedNames,
  universalGraph,
} from "./forward.ts";

/** The outputs that a pass computes. */
export interface PassOutputs {
  /** Logits of every token, of the last one, or of the tokens with these indices, in their order. */
  readonly logits: boolean | "last" | readonly number[];
  /** Whether to return keys and values. */
  readonly cache: boolean;
}

/** A pass without its tokens' ids and positions: it selects the program. */
export interface PassShape {
  readonly tokens: number;
  /** Lengths of the cached segments, oldest first. */
  readonly lengths: readonly number[];
  readonly append: boolean;
  readonly mask: Uint8Array | undefined;
  /** Row-major [tokens, vocabSize]. */
  readonly softEmbeddings?: Float32Array | undefined;
}

/** A program, its inputs but for tokens and caches, and its outputs. Cached segment i is the program's segment `order[i]`. */
export interface CompiledPass {
  readonly program: ProgramId;
  readonly feeds: Readonly<Record<string, HostTensor>>;
  readonly outputs: readonly string[];
  readonly order: readonly number[];
}

export interface Programs {
  prepare(shape: PassShape, want: PassOutputs): Promise<CompiledPass>;
  /** Picks tokens out of a segment's keys and values. */
  gather(): Promise<ProgramId>;
  /** Concatenates two segments. */
  concat(): Promise<ProgramId>;
  close(): Promise<void>;
}

export interface BoundWeights {
  readonly initializers: Initializers;
  readonly folder: string | undefined;
  readonly quantized: QuantizedNames;
}

/** @param shared runs the passes with at most one segment that is not appended to, and no soft embeddings, by the universal program */
export function openPrograms(
  engine: Engine,
  config: Qwen3Config,
  { initializers, folder, quantized }: BoundWeights,
  shared: boolean,
): Programs {
  const present = cacheNames("present", config.layers);
  const cosSinFed = engine.float64 === false;
  const programs = new Map<string, Promise<ProgramId>>();
  const compiled = (key: string, graph: () => Record<string, Tensor>) => {
    let program = programs.get(key);
    if (!program) {
      const outputs = graph();
      program = engine.compile(toOnnx(outputs, initializers), {
        keepOnDevice: present.filter((name) => outputs[name]),
        ...(folder !== undefined && { folder }),
        ...(shared && { training: true }),
      });
      programs.set(key, program);
    }
    return program;
  };

  const specialPass = async (
    { tokens, lengths, append, mask, softEmbeddings }: PassShape,
    want: PassOutputs,
  ): Promise<CompiledPass> => {
    const rows = rowsOf(want.logits, tokens);
    const kind: PassKind = {
      segments: lengths.length,
      append,
      masked: mask !== undefined,
      softEmbeddings: softEmbeddings !== undefined,
      chunks: Math.ceil(tokens / CHUNK),
      logits: rows.length === 0 ? "none" : isWhole(rows, tokens) ? "all" : "rows",
      cache: want.cache,
    };
    const own = tokens + (append ? lengths.at(-1)! : 0);
    return {
      program: await compiled(JSON.stringify(kind), () => passGraph(config, kind, quantized, cosSinFed)),
      feeds: {
        ...(mask && { mask: maskTensor(mask, tokens, own) }),
        ...(kind.logits === "rows" && { rows: int64(rows) }),
        ...(softEmbeddings && {
          softEmbeddings: { dims: [1, tokens, config.vocabSize], data: softEmbeddings },
        }),
      },
      outputs: [...(kind.logits === "none" ? [] : ["logits"]), ...(kind.cache ? present : [])],
      order: lengths.map((_, i) => i),
    };
  };

  const universalPass = async (
    { tokens, lengths, append, mask }: PassShape,
    want: PassOutputs,
  ): Promise<CompiledPass> => {
    const frozen = append ? lengths.slice(0, -1) : lengths;
    const own = tokens + (append ? lengths.at(-1)! : 0);
    const visible = mask ?? new Uint8Array(tokens * own).fill(1);
    const none = { dims: [1, config.kvHeads, 0, config.headDim], data: new Float32Array() };
    const empty = [...(frozen.length ? [] : [0]), ...(append ? [] : [1])];
    return {
      program: await compiled("any", () => universalGraph(config, quantized, cosSinFed)),
      feeds: {
        ...Object.fromEntries(empty.flatMap((s) => cacheNames(s, config.layers).map((name) => [name, none]))),
        ...chunksFor(tokens, own, frozen.length > 0, visible),
        mask: maskTensor(visible, tokens, own),
        rows: int64(rowsOf(want.logits, tokens)),
      },
      outputs: ["logits", ...(want.cache ? present : [])],
      order: [...frozen.map(() => 0), ...(append ? [1] : [])],
    };
  };

  return {
    prepare(shape, want) {
      const frozen = shape.lengths.length - Number(shape.append);
      return shared && frozen <= 1 && !shape.softEmbeddings
        ? universalPass(shape, want)
        : specialPass(shape, want);
    },
    gather: () => compiled("gather", () => gatherGraph(config)),
    concat: () => compiled("concat", () => concatGraph(config)),
    async close() {
      for (const program of programs.values()) await engine.release(await program);
      programs.clear();
    },
  };
}

/** The indices of the tokens whose logits are computed. */
function rowsOf(logits: PassOutputs["logits"], tokens: number): readonly number[] {
  if (logits === "last") return [tokens - 1];
  if (logits === true) return Array.from({ length: tokens }, (_, i) => i);
  return logits || [];
}

const isWhole = (rows: readonly number[], tokens: number): boolean =>
  rows.length === tokens && rows.every((row, i) => row === i);

const int64 = (values: readonly number[]): HostTensor => ({
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

const maskTensor = (mask: Uint8Array, tokens: number, keys: number): HostTensor => ({
  dims: [1, 1, tokens, keys],
  data: mask,
  bool: true,
});

/** Passes of fewer tokens are one chunk. */
const LEAST_CHUNKED = 128;

/**
 * The limits of a pass's query chunks (see `QueryChunks`). A pass with one segment is split evenly, and each chunk leaves
 * out the keys after the last one that is visible to it.
 * @param whole whether all queries must be in chunk 0, which alone attends to earlier segments
 */
export function chunksFor(
  tokens: number,
  own: number,
  whole: boolean,
  mask: Uint8Array,
): { starts: HostTensor; keyEnds: HostTensor } {
  const one = whole || tokens < LEAST_CHUNKED;
  const length = one ? 0 : Math.ceil(tokens / (CHUNKS - 1));
  const starts = [
    0,
    ...Array.from({ length: CHUNKS }, (_, i) => (one ? tokens : Math.min(tokens, i * length))),
  ];
  const keyEnds = Array.from({ length: CHUNKS }, (_, i) => {
    if (i === 0) return own;
    let end = 0;
    for (let row = starts[i]!; row < starts[i + 1]!; row++) {
      end = Math.max(end, mask.subarray(row * own, (row + 1) * own).lastIndexOf(1) + 1);
    }
    return end;
  });
  return { starts: int64(starts), keyEnds: int64(keyEnds) };
}
