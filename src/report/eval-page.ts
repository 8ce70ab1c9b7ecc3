// An evaluation's report as one HTML page without other files. Filters are style rules; the details of a test output are
// a template until they are opened, so that a page of a thousand stays light.
import { html, raw } from "hono/html";
import { area, type Grid, height, width } from "../arc/grid.ts";
import { cellAccuracy, exact, wrongSize } from "../arc/score.ts";
import type { Task } from "../arc/task.ts";
import type { Ledger } from "../engine/ledger.ts";
import { type EvaluationSummary, SIZE_CLASSES } from "../evaluate/evaluation-summary.ts";
import type { Manifest } from "../evaluate/manifest.ts";
import { type Answer, OUTCOMES, type Outcome, type OutcomeName } from "../evaluate/outcome.ts";
import type { ScoredCandidate, TrainingCost } from "../solve/solution.ts";
import { figure, percent } from "./arena-report.ts";
import { PAGE_STYLE } from "./eval-page-style.ts";
import { fillerText, headlines, intervalText, settingRows } from "./eval-report.ts";
import { GRID_LINES, GRID_STYLE, gridSvg } from "./grid-svg.ts";

/** HTML in which everything that was put into it is escaped. */
type Html = ReturnType<typeof html>;

/** A mark for each outcome, as colour alone does not suffice. */
const MARKS: Readonly<Record<OutcomeName, string>> = {
  right: "✓",
  "second attempt": "2",
  wrong: "✗",
  refused: "–",
  unknown: "?",
};
const classOf = (outcome: OutcomeName): string => `o-${outcome.replace(" ", "-")}`;

/** What of a test output's size the filters know; answers that are not known are a class of their own. */
const SIZES = [...SIZE_CLASSES.map(({ size }) => size), "size unknown"];
const sizeIndex = (cells: number | null): number =>
  cells === null ? SIZES.length - 1 : SIZE_CLASSES.findIndex(({ from, to }) => cells >= from && cells <= to);

const sizeClass = ({ cells }: Outcome): string => `s-${sizeIndex(cells)}`;

/** By which classes a test output is found. */
const classesOf = (result: Outcome): string => `${classOf(result.outcome)} ${sizeClass(result)}`;

/** The most candidates of a test output that are drawn. */
const DRAWN = 12;

function ms(value: number): string {
  if (value < 1000) return `${figure(value, value < 100 ? 1 : 0)} ms`;
  return value < 120_000 ? `${figure(value / 1000, 2)} s` : `${figure(value / 60_000)} min`;
}

const picture = (
  title: Html | string,
  grid: Grid,
  label: string,
  answer?: Grid,
  note: Html | string = "",
): Html => html`
<figure>${raw(gridSvg(grid, label, answer))}<figcaption>${title}${note}</figcaption></figure>`;

function attemptNote(grid: Grid, answer: Grid | undefined): Html {
  if (!answer) return html`<br>answer unknown`;
  if (exact(grid, answer)) return html`<br><b class="yes">right</b>`;
  if (wrongSize(grid, answer))
    return html`<br><b class="no">${height(grid)}×${width(grid)}</b>, not ${height(answer)}×${width(answer)}`;
  const wrong = Math.round((1 - cellAccuracy(grid, answer)) * area(answer));
  return html`<br><b class="no">${wrong} of ${area(answer)} cells wrong</b>`;
}

const scoreText = ({ score, standardError }: ScoredCandidate): string =>
  score === null ? "not scored" : `${score.toFixed(2)} ± ${(standardError ?? 0).toFixed(2)}`;

const candidatePicture = (candidate: ScoredCandidate, i: number, answer: Grid | undefined): Html =>
  picture(
    html`${i + 1}. ${scoreText(candidate)}`,
    candidate.grid,
    `candidate ${i + 1}`,
    answer,
    html`${answer && exact(candidate.grid, answer) ? html` <b class="yes">right</b>` : ""}<br>
view${candidate.views.length === 1 ? "" : "s"} ${candidate.views.join(", ")}; seen ${candidate.visits}×; log p ${candidate.logProbability.toFixed(2)}`,
  );

const ledgerRow = (name: string, { passes, positions, pairs, promptMs, decodeMs }: Ledger): Html => html`
<tr><th scope="row">${name}<td>${figure(passes, 0)}<td>${figure(positions, 0)}<td>${figure(pairs, 0)}<td>${ms(promptMs)}<td>${ms(decodeMs)}`;

const trainingText = ({ steps, tokens, milliseconds, firstLoss, lastLoss }: TrainingCost): string =>
  steps === 0
    ? "No training on this task."
    : `Training on this task: ${steps} steps, ${figure(tokens, 0)} tokens, ${ms(milliseconds)}` +
      (firstLoss === null || lastLoss === null
        ? "."
        : `, loss ${firstLoss.toFixed(3)} to ${lastLoss.toFixed(3)}.`);

/** All of one test output, behind its line. */
function details(task: Task, answer: Answer, result: Outcome): Html {
  const { input, output } = task.test[result.test]!;
  const solution = answer.tests[result.test]!;
  const { candidates, attempts, refused, ledger } = solution;
  const rest = candidates.length - DRAWN;
  return html`
<div class="body">
${refused === undefined ? "" : html`<p class="refusal">Refused: ${refused}</p>`}
<div class="row">${picture("test input", input, "test input")}
${
  refused !== undefined
    ? ""
    : attempts.map((grid, i) =>
        picture(`attempt ${i + 1}`, grid, `attempt ${i + 1}`, output, attemptNote(grid, output)),
      )
}${output ? picture("answer", output, "answer") : ""}</div>
<h3>Demonstrations</h3>
<div class="row">${task.train.map(
    ({ input, output }, i) =>
      html`<div class="pair">${picture(`input ${i + 1}`, input, `input ${i + 1}`)}<span aria-hidden="true">→</span>${picture(`output ${i + 1}`, output, `output ${i + 1}`)}</div>`,
  )}</div>
${
  candidates.length === 0
    ? ""
    : html`<h3>Candidates, best first: score ± standard error</h3>
<div class="row">${candidates.slice(0, DRAWN).map((candidate, i) => candidatePicture(candidate, i, output))}</div>
${rest > 0 ? html`<p>${rest} more in tasks/.</p>` : ""}`
}
<h3>Cost</h3>
<div class="scroll" tabindex="0"><table><thead><tr><th>stage<th>passes<th>positions<th>attended pairs<th>prompt<th>after it</thead><tbody>${ledgerRow("decoding", ledger.decoding)}${ledgerRow("scoring", ledger.scoring)}</tbody></table></div>
<p>${trainingText(answer.training)} ${ms(answer.milliseconds)} for the whole task, on ${answer.host} (${answer.device}).</p>
</div>`;
}

function item(task: Task, answer: Answer, result: Outcome): Html {
  const { outcome, test, candidates, taskMilliseconds } = result;
  const { output, input } = task.test[test]!;
  const of = output ?? input;
  const which = task.test.length > 1 ? ` · test ${test + 1} of ${task.test.length}` : "";
  return html`<details class="item ${classesOf(result)}"><summary><span class="mark" aria-hidden="true">${MARKS[outcome]}</span><span class="id">${task.id}${which}</span><span class="outcome">${outcome}</span><span class="about">${output ? "" : "input "}${height(of)}×${width(of)}</span><span class="about">${candidates} candidate${candidates === 1 ? "" : "s"}</span><span class="about">${ms(taskMilliseconds)}</span></summary><template>${details(task, answer, result)}</template></details>
`;
}

const SCRIPT = `document.addEventListener("toggle", ({ target }) => {
  const template = target.querySelector(":scope > template");
  template?.replaceWith(template.content);
}, true);`;

/** A share with its interval drawn. */
const card = ({ title, about, unit, share }: ReturnType<typeof headlines>[number]): Html => {
  const [low, high] = share.interval;
  const at = (value: number) => `${(100 * value).toFixed(2)}%`;
  const bar =
    share.value === null
      ? ""
      : html`<div class="bar"><i style="left:${at(low)};width:${at(high - low)}"></i><b style="left:${at(share.value)}"></b></div>
<p class="interval">95 %: ${intervalText(share.interval)} · of ${figure(share.of)} ${unit}</p>`;
  return html`<section class="card"><h2>${title}</h2><p class="value">${share.value === null ? "–" : percent(share.value)}</p>${bar}<p class="what">${about}</p></section>`;
};

interface Choice {
  readonly id: string;
  readonly text: Html | string;
  readonly count: number;
}

/** A row of choices, the first of them all. */
const choices = (name: string, title: string, all: readonly Choice[]): Html => html`
<fieldset><legend>${title}</legend>${all.map(({ id, text, count }, i) => html`<label class="${id}"><input type="radio" name="${name}" id="f-${id}"${i === 0 ? raw(" checked") : ""}>${text} <small>${figure(count)}</small></label>`)}</fieldset>`;

/** Rules by which a choice hides all items without its class, and by which two that nothing fits say so. */
function filterRules(
  outcomes: readonly string[],
  sizes: readonly string[],
  items: readonly string[],
): string {
  const hide = [...outcomes, ...sizes].map(
    (id) => `main:has(#f-${id}:checked) .item:not(.${id}){display:none}`,
  );
  const empty = outcomes.flatMap((outcome) =>
    sizes
      .filter((size) => !items.includes(`${outcome} ${size}`))
      .map((size) => `main:has(#f-${outcome}:checked):has(#f-${size}:checked) .none{display:block}`),
  );
  return [...hide, ...empty].join("\n");
}

const bySize = ({ bySize }: EvaluationSummary): Html => html`
<div class="scroll" tabindex="0"><table><thead><tr><th>answer<th>solved<th>95 % interval<th>of</thead><tbody>${bySize
  .filter(({ of }) => of > 0)
  .map(
    (share) =>
      html`<tr><th scope="row">${share.size}<td>${percent(share.value)}<td>${intervalText(share.interval)}<td>${share.of}`,
  )}</tbody></table></div>`;

/** @param tasks the tasks that were solved, in order */
export function evalPage(
  manifest: Manifest,
  summary: EvaluationSummary,
  tasks: readonly Task[],
  answers: ReadonlyMap<string, Answer>,
  results: readonly Outcome[],
): string {
  const byTask = new Map(tasks.map((task) => [task.id, task]));
  const outcomes = OUTCOMES.filter((outcome) => summary.outcomes[outcome] > 0);
  const sizes = SIZES.map((size, i) => ({
    ...{ id: `s-${i}`, text: size },
    count: results.filter(({ cells }) => sizeIndex(cells) === i).length,
  })).filter(({ count }) => count > 0);
  const everything = { id: "all", text: "all", count: results.length };
  const { time, training, decoding, scoring } = summary;
  const filler = fillerText(summary);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Evaluation: ${String(manifest.settings.decoder)}, ${summary.tasks} tasks</title>
<style>${raw(PAGE_STYLE)}
${raw(GRID_STYLE)}
${raw(
  filterRules(
    outcomes.map(classOf),
    sizes.map(({ id }) => id),
    results.map(classesOf),
  ),
)}
</style></head><body>${raw(GRID_LINES)}<main>
<header><h1>Evaluation</h1>
<p>${String(manifest.settings.decoder)} on ${String(manifest.settings.model)} · ${figure(summary.tasks)} tasks, ${figure(summary.outputs)} test outputs, ${figure(summary.known)} with a known answer · ${ms(time.median ?? 0)} a task (median)</p>${filler && html`<p class="refusal">${filler}.</p>`}</header>
<div class="cards">${headlines(summary).map(card)}</div>
<div class="stack" role="img" aria-label="Outcomes: ${outcomes.map((outcome) => `${outcome} ${summary.outcomes[outcome]}`).join(", ")}">${outcomes.map((outcome) => html`<i class="${classOf(outcome)}" style="flex-grow:${summary.outcomes[outcome]}"></i>`)}</div>
<details class="more"><summary>Sizes, costs and settings</summary>
${bySize(summary)}
<p>All tasks: ${ms(time.total)}; training ${ms(training.milliseconds)} in ${figure(training.steps, 0)} steps; decoding ${ms(decoding.promptMs + decoding.decodeMs)} in ${figure(decoding.passes, 0)} passes; scoring ${ms(scoring.promptMs + scoring.decodeMs)} in ${figure(scoring.passes, 0)} passes.</p>
<dl>${settingRows(manifest.settings).map(([name, value]) => html`<div><dt>${name}<dd>${value}</div>`)}<div class="wide"><dt>command<dd>${manifest.command.join(" ")}</div><div><dt>started<dd>${manifest.started}</div></dl></details>
<form aria-label="Filters">${choices("outcome", "Outcome", [everything, ...outcomes.map((outcome) => ({ id: classOf(outcome), text: html`<span class="mark" aria-hidden="true">${MARKS[outcome]}</span>${outcome}`, count: summary.outcomes[outcome] }))])}${choices("size", "Cells of the answer", [{ ...everything, id: "any" }, ...sizes])}</form>
<div class="list">
${results.map((result) => item(byTask.get(result.task)!, answers.get(result.task)!, result))}</div>
<p class="none">No test output is both.</p>
<noscript><p>To open a test output, scripts have to be allowed.</p></noscript>
</main><script>${raw(SCRIPT)}</script></body></html>
`.toString() as string;
}
