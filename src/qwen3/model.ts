// A model ready to run: forward passes over one sequence, with exact caches of what came before.
import type { Engine, HostTensor, Kept, ProgramId } from "../engine/engine.ts";
import { type Ledger, type Phase, timed } from "../engine/ledger.ts";
import { JigsawError } from "../errors.ts";
import { serialise } from "../graph/serialise.ts";
import { CHUNK } from "./attention.ts";
import type { Qwen3Config } from "./config.ts";
import { feedTokens, type Positioned } from "./inputs.ts";
import { cacheNames, type PassKind, passGraph } from "./pass.ts";
import type { Weights } from "./weights.ts";

/** Keys and values of tokens that later passes can see, kept where they were computed. */
export interface Segment {
  readonly length: number;
  /** By layer, key before value. */
  readonly tensors: readonly Kept[];
}

export interface Pass {
  readonly tokens: readonly Positioned[];
  /** What the tokens see beside themselves, oldest first. */
  readonly past?: readonly Segment[];
  /** Appends the tokens to the last segment of `past`; the segment that comes back replaces it. */
  readonly extend?: boolean;
  /** 1 for visible, row-major [tokens, keys of their own segment]; without one, every key is visible. */
  readonly mask?: Uint8Array;
  /** Where each token stands, for positions in sequence; by default after all of `past`. */
  readonly indices?: readonly number[];
}

export interface PassOutputs {
  /** Row-major [tokens, vocabSize]; empty where not asked for. */
  readonly logits: Float32Array;
  /** Keys and values of the tokens, or of the extended segment. */
  readonly segment?: Segment;
}

export interface Model {
  readonly config: Qwen3Config;
  /** Runs a pass and books it to the ledger. */
  run(
    pass: Pass,
    want: { logits: boolean; cache: boolean },
    ledger: Ledger,
    phase: Phase,
  ): Promise<PassOutputs>;
  /** Frees segments that no pass will see again. */
  free(...segments: Segment[]): Promise<void>;
  close(): Promise<void>;
}

/** A model of the given weights on an engine. Graphs are compiled when first needed. */
export function openModel(engine: Engine, config: Qwen3Config, weights: Weights): Model {
  const bound = Object.fromEntries(Object.entries(weights).map(([name, { data }]) => [name, data]));
  const programs = new Map<string, Promise<ProgramId>>();
  const positions = config.jigsaw?.positions ?? "sequence";
  const pad = config.jigsaw?.maskToken ?? 0;

  const programFor = (kind: PassKind): Promise<ProgramId> => {
    const key = JSON.stringify(kind);
    let program = programs.get(key);
    if (!program) {
      const keep = kind.cache ? cacheNames("fresh", config.layers) : [];
      program = engine.compile(serialise(passGraph(config, kind), bound), { keep });
      programs.set(key, program);
    }
    return program;
  };

  return {
    config,
    async run({ tokens, past = [], extend = false, mask, indices }, want, ledger, phase) {
      const pastLength = past.reduce((sum, segment) => sum + segment.length, 0);
      const keys = pastLength + tokens.length;
      if (keys > config.maxPositions) {
        throw new JigsawError(
          "too-long",
          `${keys} tokens are more than the model's ${config.maxPositions} positions`,
        );
      }
      const chunks = Math.ceil(tokens.length / CHUNK);
      const program = await programFor({
        segments: past.length,
        extend,
        masked: mask !== undefined,
        chunks,
        ...want,
      });
      const own = tokens.length + (extend ? past.at(-1)!.length : 0);
      const feeds: Record<string, HostTensor | Kept> = {
        ...feedTokens([tokens], positions, pad, [indices ?? tokens.map((_, i) => pastLength + i)]),
      };
      if (mask) feeds.mask = { dims: [1, 1, tokens.length, own], data: mask, bool: true };
      for (const [s, segment] of past.entries()) {
        for (const [i, name] of cacheNames(s, config.layers).entries()) feeds[name] = segment.tensors[i]!;
      }
      const { values, kept } = await timed(ledger, phase, () => engine.run(program, feeds));
      ledger.passes++;
      ledger.positions += tokens.length;
      ledger.pairs += tokens.length * keys;
      return {
        logits: (values.logits?.data as Float32Array | undefined) ?? new Float32Array(),
        ...(want.cache && {
          segment: { length: own, tensors: cacheNames("fresh", config.layers).map((name) => kept[name]!) },
        }),
      };
    },
    free: (...segments) => engine.free(segments.flatMap((segment) => segment.tensors)),
    async close() {
      for (const program of programs.values()) await engine.release(await program);
      programs.clear();
    },
  };
}
