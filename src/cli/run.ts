// The command line as a function: the verbs, how a failure is printed, and the exit code of each.
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { JigsawError } from "../core/errors.ts";
import { EXIT } from "./harness.ts";
import { stylesFor } from "./terminal.ts";

/** A verb; its module is loaded when it is called for, so that `jigsaw --help` is quick. */
interface Verb {
  readonly summary: string;
  readonly load: () => Promise<Command>;
  /** Other spellings of its flags, as other tools have them. */
  readonly aliases?: () => Promise<Readonly<Record<string, string>>>;
}

const verbs: Readonly<Record<string, Verb>> = {
  solve: {
    summary: "answer puzzles, filling in the easy parts first or writing from left to right",
    load: async () => (await import("./solve.ts")).solveCommand(),
  },
  decoders: {
    summary: "list the decoders and their options",
    load: async () => (await import("./decoders.ts")).decodersCommand(),
  },
  arena: {
    summary: "compare decoders on the same puzzles: solve rate, cost, paired tests",
    load: async () => (await import("./arena.ts")).arenaCommand(),
  },
  eval: {
    summary: "solve whole data sets: scores with intervals, a report, Kaggle's submission",
    load: async () => (await import("./eval.ts")).evalCommand(),
  },
  compare: {
    summary: "compare evaluations task by task",
    load: async () => (await import("./compare.ts")).compareCommand(),
  },
  worker: {
    summary: "solve tasks that an evaluation on another machine puts on a queue",
    load: async () => (await import("./worker.ts")).workerCommand(),
  },
  studio: {
    summary: "open a page in which models are watched at work, stopped, and let go on",
    load: async () => (await import("./studio.ts")).studioCommand(),
  },
  train: {
    summary: "train a model on puzzles",
    load: async () => (await import("./train.ts")).trainCommand(),
    aliases: async () => (await import("./train.ts")).trainAliases,
  },
  adapt: {
    summary:
      "hack diffusion into a Qwen3 checkpoint: prune, train (LoRA or whole), with attention opened step by step",
    load: async () => (await import("./adapt.ts")).adaptCommand(),
    aliases: async () => (await import("./adapt.ts")).adaptAliases,
  },
  export: {
    summary: "write a model for others: adapter merged, full vocabulary, or a bundle for browsers",
    load: async () => (await import("./export.ts")).exportCommand(),
  },
  puzzles: {
    summary: "list the families of procedural puzzles, or write puzzles to files",
    load: async () => (await import("./puzzles.ts")).puzzlesCommand(),
  },
  pull: {
    summary: "fetch a model of the Hugging Face hub",
    load: async () => (await import("./pull.ts")).pullCommand(),
  },
  data: {
    summary: "fetch public data sets: ARC-AGI-1, ARC-AGI-2, RE-ARC",
    load: async () => (await import("./data.ts")).dataCommand(),
  },
  logits: {
    summary: "write a checkpoint's raw logits of given tokens, to compare with another implementation",
    load: async () => (await import("./logits.ts")).logitsCommand(),
  },
  doctor: {
    summary: "say what this machine can run, how fast, and what is missing",
    load: async () => (await import("./doctor.ts")).doctorCommand(),
  },
  demo: {
    summary: "solve three of the bundled puzzles both ways, side by side",
    load: async () => (await import("./demo.ts")).demoCommand(),
  },
};

const version = (): string =>
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;

/** Underscores in flags are hyphens, and other tools' names of flags are ours. */
export function respell(argv: readonly string[], aliases: Readonly<Record<string, string>> = {}): string[] {
  const end = argv.indexOf("--");
  return argv.map((word, i) => {
    if (!word.startsWith("--") || (end >= 0 && i >= end)) return word;
    const [flag = "", ...value] = word.split("=");
    const hyphens = flag.replaceAll("_", "-");
    return [aliases[hyphens] ?? hyphens, ...value].join("=");
  });
}

/** Makes an error of a request something that this module prints, for a command and all below it. */
function prepare(command: Command): Command {
  command.exitOverride().showHelpAfterError(`Try "${pathOf(command)} --help".`);
  for (const below of command.commands) prepare(below);
  return command;
}

const pathOf = (command: Command): string =>
  command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();

async function program(asked: string | undefined): Promise<Command> {
  const root = new Command("jigsaw")
    .description("Masked-diffusion and left-to-right decoding of ARC puzzles on one Qwen3 backbone.")
    .version(version(), "-V, --version", "print the version")
    .addHelpText("after", '\n"jigsaw VERB --help" tells all about a verb.');
  for (const [name, { summary, load }] of Object.entries(verbs)) {
    root.addCommand((asked === name ? await load() : new Command(name)).summary(summary));
  }
  return prepare(root);
}

/** Prints an error in a line or two, and gives the exit code that belongs to it. */
function report(error: unknown): number {
  // Commander has printed its own errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.refused;
  const { red, dim } = stylesFor(process.stderr);
  const known = error instanceof JigsawError;
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const debug = Boolean(process.env.JIGSAW_DEBUG);
  const hint = known ? error.hint : debug ? undefined : "JIGSAW_DEBUG=1 shows where this came from.";
  const lines = [
    `${red("error:")} ${message}`,
    ...(hint ? [dim(hint)] : []),
    ...(debug && stack ? [stack] : []),
  ];
  process.stderr.write(`${lines.join("\n")}\n`);
  if (known) return error.code === "interrupted" ? EXIT.interrupted : EXIT.refused;
  return EXIT.failed;
}

/** Runs the command line; `argv` are the words after the program's name. Resolves to the exit code. */
export async function runCli(argv: readonly string[]): Promise<number> {
  try {
    const asked = argv[0] === "help" ? argv[1] : argv[0];
    const verb = Object.hasOwn(verbs, asked ?? "") ? verbs[asked!] : undefined;
    const words = respell(argv, await verb?.aliases?.());
    await (await program(asked)).parseAsync(words, { from: "user" });
    return Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    return report(error);
  }
}
