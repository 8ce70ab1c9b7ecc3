// jigsaw decoders: lists the decoders and their options.
import { Command } from "commander";
import { kebab } from "../core/names.ts";
import { describeOptions } from "../core/options.ts";
import { decoders } from "../decode/decoders/index.ts";
import type { Decoder } from "../decode/define.ts";
import { capabilities } from "../objectives/objective.ts";
import { valueNotes } from "./options.ts";
import { stylesFor } from "./terminal.ts";

const HELP = `
A decoder is named with its options, and with a model if it is to be another than its own, in one word:
  jigsaw solve puzzle.json --decoder steps:steps=30
  jigsaw arena --decoders greedy,steps,steps:steps=30@runs/mine --out runs/arena
One of your own (see docs/custom-decoder.md) is named by its file:
  jigsaw solve puzzle.json --decoder ./mine.js:threshold=0.9`;

/** A decoder as --json prints it; options are spelt as they are given. */
const aboutDecoder = ({ name, family, about, objective, model, infills, options }: Decoder) => ({
  name,
  family,
  about,
  objective,
  objectiveAbout: capabilities[objective],
  model,
  infills: infills === true,
  options: describeOptions(options).map((option) => ({ ...option, name: kebab(option.name) })),
});

function listAction({ json }: { json?: boolean }): void {
  const list = Object.values<Decoder>(decoders).map(aboutDecoder);
  if (json) {
    console.log(JSON.stringify(list, null, 2));
    return;
  }
  const { bold, dim } = stylesFor(process.stdout);
  for (const { name, family, about, objective, objectiveAbout, model, infills, options } of list) {
    console.log(`${bold(name)}  ${about} ${dim(`(${family}${infills ? ", infills" : ""})`)}`);
    console.log(`  needs a checkpoint trained for ${objective}: ${objectiveAbout}; by default ${model}`);
    const wide = Math.max(0, ...options.map((option) => option.name.length));
    for (const option of options) {
      console.log(`  :${option.name.padEnd(wide)}  ${option.about}${dim(valueNotes(option))}`);
    }
    console.log("");
  }
  console.log("Those that infill can go on from a canvas that is partly filled.");
  console.log(
    `Options are given in one word with the decoder: ${list.at(-1)!.name}:OPTION=VALUE:OPTION=VALUE`,
  );
}

export const decodersCommand = (): Command =>
  new Command("decoders")
    .description("Every decoder: what it does, what it needs, and its options.")
    .option("--json", "print them as JSON")
    .addHelpText("after", HELP)
    .action(listAction);
