// Settings from a file, and the settings with which a run goes on.
import { readFile } from "node:fs/promises";
import { JigsawError } from "../core/errors.ts";
import { ioError } from "../files/atomic.ts";
import { RESUMABLE, type TrainSettings, trainSettings } from "../train/settings.ts";
import { checkOptions, flagOf } from "./options.ts";

/** Reads a recipe: JSON with some of the settings by name. Refuses unknown settings, naming file and setting. */
export async function readRecipe(file: string): Promise<Readonly<Record<string, unknown>>> {
  let recipe: unknown;
  try {
    recipe = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw ioError(error, file);
    throw new JigsawError("bad-option", `${file}: not JSON (${error.message})`);
  }
  if (typeof recipe !== "object" || recipe === null || Array.isArray(recipe)) {
    throw new JigsawError("bad-option", `${file}: a recipe is a JSON object with settings by name`);
  }
  const unknown = Object.keys(recipe).find((name) => !Object.hasOwn(trainSettings.shape, name));
  if (unknown !== undefined) {
    const known = Object.keys(trainSettings.shape).join(", ");
    throw new JigsawError("bad-option", `${file}: unknown setting "${unknown}"`, `Known: ${known}.`);
  }
  checkOptions(trainSettings, recipe as Record<string, unknown>, (name) => `${file}: ${name}`);
  return recipe as Record<string, unknown>;
}

/** The settings to resume a run with: the saved ones, RESUMABLE ones replaced by `given`; refuses other changes. */
export function resumedSettings(
  saved: TrainSettings,
  given: Readonly<Record<string, unknown>>,
): TrainSettings {
  // Types and checks the given settings; the others come out as saved.
  const settings = checkOptions(trainSettings, { ...saved, ...given });
  for (const name of Object.keys(given) as (keyof TrainSettings)[]) {
    const [was, is] = [saved[name], settings[name]];
    if (RESUMABLE.includes(name) || JSON.stringify(was) === JSON.stringify(is)) continue;
    throw new JigsawError(
      "bad-option",
      `${flagOf(name)} ${is}: the run to resume has ${was ?? "none"}`,
      `Only ${RESUMABLE.map(flagOf).join(", ")} can change. Start anew in another --out, with --init to keep the weights.`,
    );
  }
  return settings;
}
