// jigsaw-lm/model: Qwen3 models and their weights, adapters, checkpoints and tokenizers.

// Models by name: shipped ones, folders, the hub's

export { type PulledModel, pullModel } from "../hub/pull-model.ts";
export { type LoadedModel, type LoadOptions, loadModel } from "../load.ts";

// Models

export type { JigsawConfig, Qwen3Config } from "../model/config.ts";
export {
  type KvSegment,
  type Model,
  type ModelOptions,
  openModel,
  type Pass,
  type PassResult,
} from "../model/model.ts";
export type { Precision } from "../model/quantize.ts";

// Weights

export { initialWeights } from "../model/initialize.ts";
export { type Checkpoint, collect, type StateDict } from "../model/state-dict.ts";
export type { Weight, Weights } from "../model/weights.ts";

// Adapters (LoRA)

export { type Adapter, type LoraConfig, loraShapes } from "../model/lora.ts";
export { mergeLora } from "../model/merge.ts";

// Checkpoints, PEFT's adapters and tokenizers as files

export { readCheckpoint, writeCheckpoint } from "../checkpoint/node/checkpoint.ts";
export { readAdapter, writeAdapter } from "../checkpoint/node/peft.ts";
export { readPuzzleCheckpoint } from "../checkpoint/node/puzzle-checkpoint.ts";
export { openTokenizer, type Tokenizer } from "../checkpoint/node/tokenizer.ts";

// Engines, which run models, and what passes cost

export { DEVICES, type Device, type Engine } from "../engine/engine.ts";
export { type Ledger, newLedger, total } from "../engine/ledger.ts";
export { type EngineOptions, openEngine } from "../engine/node/open.ts";
