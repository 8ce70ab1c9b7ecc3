// The cases of the redesign's fixture, the same for both commits.
export const EASY = 40;
export const MEDIUM = 12;
export const SEED = 61;
const ARC = "../shared/data/arc-agi-1/training";
export const TASKS = ["0d3d703e", "007bbfb7", "6e02f1e3"].map((id) => `${ARC}/${id}.json`);
export const SOLVING = { tttSteps: 20, views: 8, choose: "product", size: "both" } as const;

/** Every decoder with every model; whether a model was trained for it is asked of the two. */
export const pairs = (
  decoders: Readonly<Record<string, unknown>>,
  models: readonly string[],
): [string, string][] =>
  models.toSorted().flatMap((model) => Object.keys(decoders).map((name): [string, string] => [name, model]));
