// The typewriter's answer with wrong tokens and backspaces mixed in (SequenceMatch, Cundy & Ermon 2023, after which a
// backspace is one more token). Changed: errors are drawn at random instead of from the model; a backspace takes back a
// cell, with the row end that follows it, and nothing else; the loss is the next token's, with errors never asked for.
import * as z from "zod";
import { COLOUR_IDS, COLOURS } from "../arc/grid.ts";
import type { Random } from "../core/random.ts";
import { answerGrid, gridTokens, isSize, TOKEN, type Token } from "../sequence/tokens.ts";
import { nextTokens } from "./autoregressive.ts";
import { defineObjective } from "./objective.ts";

/** What becomes of retracted tokens: `kept`: later tokens see them and the backspaces; `dropped`: they see neither. */
export const BACKSPACE_MODES = ["kept", "dropped"] as const;

/** An error may be seen so many cells late. */
const LATEST = 2;

/** A cell, with the row end where it is the last of its row: what is typed and taken back as one. */
type Unit = readonly Token[];

function unitsOf(tokens: readonly Token[]): Unit[] {
  const cells = tokens.filter(({ id }) => id !== TOKEN.rowEnd && !isSize(id));
  return cells.map((cell) => {
    const next = tokens[tokens.indexOf(cell) + 1];
    return next?.id === TOKEN.rowEnd ? [cell, next] : [cell];
  });
}

const recolour = ([cell, ...end]: Unit, id: number): Unit => [{ ...cell!, id }, ...end];

/** A colour that is none of `not`: half the time one of the answer's, where it has others. */
function wrongColour(answer: ReadonlySet<number>, not: readonly number[], random: Random): number {
  const others = COLOUR_IDS.filter((id) => !not.includes(id));
  const near = others.filter((id) => answer.has(id));
  return random.pick(near.length && random.chance(0.5) ? near : others);
}

/** The answer as it is typed: what each token is to be followed by, and the last token that sees it. */
interface Typed {
  readonly tokens: Token[];
  readonly labels: number[];
  /** Infinity for what stays. */
  readonly until: number[];
}

/** Types a unit: its cell predicts its row end, where it has one, and its last token predicts `label`. */
function put({ tokens, labels, until }: Typed, unit: Unit, label: number): void {
  tokens.push(...unit);
  labels.push(...unit.slice(1).map(({ id }) => id), label);
  until.push(...unit.map(() => Infinity));
}

/**
 * Types wrong units, then takes them back, the last first. Each is seen until its backspace, and that by itself alone.
 * @param right the id that follows when all is taken back
 */
function err(typed: Typed, run: readonly Unit[], right: number): void {
  const starts = run.map((unit) => {
    const start = typed.tokens.length;
    put(typed, unit, TOKEN.backspace);
    return start;
  });
  for (let i = run.length - 1; i >= 0; i--) {
    const at = typed.tokens.length;
    put(typed, [{ ...run[i]![0]!, id: TOKEN.backspace }], i ? TOKEN.backspace : right);
    typed.until.fill(at, starts[i]!, starts[i]! + run[i]!.length);
    typed.until[at] = at;
  }
}

/**
 * Demonstrations are learnt as the typewriter learns them, without errors. In the answer a wrong colour is typed here
 * and there, and up to two cells after it, each as often right as wrong; then all of that is taken back. Every token is
 * to tell what is best after it: a backspace while anything wrong stands, else the right token. A backspace stands at
 * the place of the cell that it takes back. The rate of errors grows with `noise`.
 */
export const backspace = defineObjective({
  name: "backspace",
  about: "the next token and backspaces",
  patterns: ["causal"],
  options: z.object({
    backspaceRate: z
      .number()
      .min(0)
      .max(1)
      .default(0.15)
      .describe("the most of a sequence's cells before which a wrong one is written"),
    backspaceMode: z
      .enum(BACKSPACE_MODES)
      .default("kept")
      .describe("whether what was taken back stays in the history or is hidden from what follows"),
  }),
  capabilities: () => ["autoregressive", "backspace"],
  example(task, noise, random, { backspaceRate, backspaceMode }) {
    const clean = nextTokens(task);
    const canvas = gridTokens(task.test[0]!.output!, answerGrid(task.train.length));
    const units = unitsOf(canvas);
    const end = clean.tokens.at(-1)!;
    const answer = new Set(units.map(([cell]) => cell!.id));
    const before = clean.tokens.length - canvas.length + 1;
    const typed: Typed = {
      tokens: clean.tokens.slice(0, before),
      labels: clean.labels.slice(0, before),
      until: new Array<number>(before).fill(Infinity),
    };
    for (const [i, unit] of units.entries()) {
      const { id } = unit[0]!;
      const tried = [id];
      while (tried.length < COLOURS && random.chance(noise * backspaceRate)) {
        const wrong = wrongColour(answer, tried, random);
        tried.push(wrong);
        const late = units.slice(i + 1, i + 1 + random.int(0, LATEST)).map((next) => {
          const right = next[0]!.id;
          return random.chance(0.5) ? next : recolour(next, wrongColour(answer, [right], random));
        });
        err(typed, [recolour(unit, wrong), ...late], id);
      }
      put(typed, unit, (units[i + 1]?.[0] ?? end).id);
    }
    put(typed, [end], -1);
    const { tokens, labels, until } = typed;
    return {
      tokens,
      spans: [{ length: tokens.length, ...(backspaceMode === "dropped" && { visibleUntil: until }) }],
      labels,
      weights: labels.map((label) => (label < 0 ? 0 : 1)),
    };
  },
});
