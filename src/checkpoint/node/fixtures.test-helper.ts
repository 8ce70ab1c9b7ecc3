// What PyTorch says about small models; tools/fixtures/make_fixtures.py writes it.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Array64 } from "../../graph/reference.test-helper.ts";
import type { Checkpoint } from "../../model/state-dict.ts";
import { GRID_POSITIONS } from "../../model/weights.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { openSafetensors } from "./safetensors-file.ts";

/** `make_fixtures.py --check` has the tests read what it has just made. */
export const FOLDER = process.env.JIGSAW_FIXTURES ?? fileURLToPath(new URL("fixtures/", import.meta.url));

interface Steps {
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  readonly rates: readonly number[];
}

interface Facts {
  readonly tied: { readonly loss: number };
  readonly untied: { readonly loss: number };
  readonly grid: { readonly loss: number };
  readonly adamw: Steps;
  readonly muon: Steps;
  readonly optimizer: {
    readonly clip: number;
    readonly betas: readonly [number, number];
    readonly eps: number;
    readonly decay: number;
    readonly momentum: number;
  };
  readonly sequences: Readonly<
    Record<string, readonly { readonly prompt: number; readonly answers: readonly [number, number][] }[]>
  >;
  readonly batch: {
    readonly ids: readonly (readonly number[])[];
    readonly labels: readonly (readonly number[])[];
    readonly weights: readonly (readonly number[])[];
    /** Grid, row, column, rows below and columns to the right of each token. */
    readonly places: readonly (readonly [number, number, number, number, number][])[];
  };
}

export const facts = JSON.parse(readFileSync(`${FOLDER}expected.json`, "utf8")) as Facts;

export const readModel = (kind: "tied" | "untied") => readCheckpoint(FOLDER + kind);

/** The tensors whose names start with `prefix`, by the rest of their names, of a folder of the fixtures. */
export async function expected(prefix: string, folder = ""): Promise<Record<string, Array64>> {
  await using file = await openSafetensors(`${FOLDER}${folder}expected.safetensors`);
  const found: Record<string, Array64> = {};
  for (const [name, tensor] of Object.entries(file.tensors)) {
    if (!name.startsWith(prefix)) continue;
    found[name.slice(prefix.length)] = { shape: tensor.dims, data: Float64Array.from(await tensor.read()) };
  }
  return found;
}

/** The batch of two sequences as training examples, in the spans that they have under a pattern. */
export function examples(pattern: keyof typeof facts.sequences) {
  const { ids, labels, weights, places } = facts.batch;
  return facts.sequences[pattern]!.map(({ prompt, answers }, b) => ({
    tokens: ids[b]!.map((id, i) => {
      const [grid, row, column, below, right] = places[b]![i]!;
      return { id, place: { grid, row, column, below, right } };
    }),
    spans: [{ length: prompt }, ...answers.map(([length, from]) => ({ length, promptLength: from }))],
    labels: labels[b]!,
    weights: weights[b]!,
  }));
}

/** The tied model with grid positions, which Hugging Face's has not: the script gives it them. */
export async function gridModel(): Promise<Checkpoint> {
  const { config, weights } = await readModel("tied");
  const { shape, data } = (await expected("grid/"))[GRID_POSITIONS]!;
  return {
    config: {
      ...config,
      jigsaw: {
        objectives: ["masked-diffusion"],
        pattern: "causal-prompt",
        positions: "grid",
        maskToken: 1,
        shift: false,
        blockSize: null,
      },
    },
    weights: { ...weights, [GRID_POSITIONS]: { dims: shape, data: Float32Array.from(data) } },
  };
}
