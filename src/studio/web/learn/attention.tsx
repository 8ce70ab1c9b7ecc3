// Part 4: who may look at whom, and what that costs.
import { useMemo, useState } from "preact/hooks";
import type { PatternName } from "../../../qwen3/patterns.ts";
import { Select, Slider } from "../components/controls.tsx";
import { useAbout } from "../state/backend.ts";
import { anatomyOf, seenBy, tokenName } from "./anatomy.ts";
import { type Cost, costsOf, plus } from "./costs.ts";
import { useRuns } from "./decoding.ts";
import { requestFor } from "./lanes.tsx";
import { LitGrids } from "./lit-grids.tsx";
import { Matrix, type Spot, spotInWords } from "./matrix.tsx";
import { echo } from "./puzzles.ts";

interface PatternAbout {
  readonly title: string;
  readonly about: string;
  /** A shipped model that reads so, and what decodes with it; with `rounds` in place of N. */
  readonly model?: string;
  readonly decoder?: (rounds: number) => string;
}

const steps = (rounds: number) => `steps:steps=${rounds}`;

const PATTERNS: Readonly<Record<PatternName, PatternAbout>> = {
  causal: {
    title: "causal: the typewriter",
    about:
      "Each token sees what stands before it, and itself. So nothing that was computed ever changes, and all of it is kept.",
    model: "typewriter-tiny",
    decoder: () => "greedy",
  },
  full: {
    title: "full: everything sees everything",
    about:
      "The prompt sees the answer, too. So with every cell that is filled in, all that was computed of the prompt is out of date: nothing can be kept. This is what one gets by taking the mask off a typewriter.",
  },
  prefix: {
    title: "prefix: the prompt sees the prompt",
    about:
      "The prompt never looks at the answer, so it is the same whatever stands on the canvas: it is computed once and kept.",
  },
  "causal-prompt": {
    title: "causal-prompt: a typewriter's prompt",
    about:
      "The prompt is read as a typewriter reads it; the answer sees the prompt and all of itself. One prompt serves both ways of answering.",
    model: "jigsaw-joint",
    decoder: steps,
  },
  "grid-prompt": {
    title: "grid-prompt: grid by grid",
    about: "In the prompt each grid sees itself both ways, and the grids before it. The answer sees all.",
    model: "jigsaw-adapted",
    decoder: steps,
  },
  fragments: {
    title: "fragments: demonstrations apart",
    about:
      "Each demonstration sees only itself, the test input sees all of them. So a demonstration is the same in every order and beside any other, and what was computed of it is used again.",
  },
  blocks: {
    title: "blocks: row by row",
    about:
      "The answer is cut into rows. A row sees itself both ways, and the rows before it. A finished row never changes any more: it is kept like the prompt.",
  },
};

const CHOICES = (Object.keys(PATTERNS) as PatternName[]).map((value) => ({
  value,
  label: PATTERNS[value].title,
}));

const whole = (value: number): string => value.toLocaleString("en-US");

interface LedgerProps {
  readonly pattern: PatternName;
  readonly rows: readonly { readonly title: string; readonly cost: Cost | undefined }[];
  readonly most: number;
}

function LedgerTable({ rows, most }: LedgerProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="learn-scroll" aria-label="Ledger" tabIndex={0}>
      <table class="learn-ledger" data-testid="ledger">
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">What</span>
            </th>
            <th scope="col">Passes</th>
            <th scope="col">Positions</th>
            <th scope="col">Pairs</th>
            <th scope="col">
              <span class="unseen">Pairs, drawn</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ title, cost }) => (
            <tr key={title}>
              <th scope="row">{title}</th>
              <td>{cost ? whole(cost.passes) : "–"}</td>
              <td>{cost ? whole(cost.positions) : "–"}</td>
              <td>{cost ? whole(cost.pairs) : "–"}</td>
              <td class="drawn" aria-hidden="true">
                <span class="bar-of">
                  <span style={{ width: `${(100 * (cost?.pairs ?? 0)) / most}%` }} />
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What the shipped model books for the same puzzle, where one reads by the pattern. */
function Booked({
  pattern,
  rounds,
  expected,
}: {
  readonly pattern: PatternName;
  readonly rounds: number;
  readonly expected: Cost;
}) {
  const { model, decoder } = PATTERNS[pattern];
  const runs = useRuns(model && decoder ? [requestFor(echo, { model, decoder: decoder(rounds) })] : []);
  const [run] = runs;
  if (!run)
    return <p class="small quiet">No shipped model reads by this pattern; the figures are worked out.</p>;
  const ledger = run.status === "done" ? run.shots.at(-1)?.ledger : undefined;
  if (run.error) return <p class="small bad">{run.error.message}</p>;
  if (!ledger) return <p class="small quiet">{model} is answering</p>;
  const agrees =
    ledger.passes === expected.passes &&
    ledger.positions === expected.positions &&
    ledger.pairs === expected.pairs;
  return (
    <p class="small quiet" data-testid="booked" data-agrees={agrees}>
      {model} has just answered this puzzle so: its ledger says {whole(ledger.passes)} passes,{" "}
      {whole(ledger.positions)} positions, {whole(ledger.pairs)} pairs{agrees ? ", as worked out" : ""}.
    </p>
  );
}

export function Attention() {
  const [pattern, setPattern] = useState<PatternName>("grid-prompt");
  const [rounds, setRounds] = useState(10);
  const answer = echo.test[0]!.output!;
  const anatomy = useMemo(() => anatomyOf(echo, answer, pattern), [pattern, answer]);
  const total = anatomy.tokens.length;
  const [spot, setSpot] = useState<Spot>({ query: total - 6, key: 12 });
  const about = useAbout();
  const { about: words } = PATTERNS[pattern];
  const users =
    about && !(about instanceof Error)
      ? about.models.filter((model) => model.pattern === pattern).map(({ name }) => name)
      : [];
  const cached = costsOf(pattern, anatomy, rounds, true);
  const plain = costsOf(pattern, anatomy, rounds, false);
  const [kept, fresh] = [plus(cached.prompt, cached.decode), plus(plain.prompt, plain.decode)];
  const typed = pattern === "causal";
  const nothingKept = kept.pairs === fresh.pairs;
  return (
    <>
      <p>
        A model reads tokens: here {total}, one for each cell, each row's end, each grid's size and mark. In
        every layer each token looks at others and takes from them what it needs. It is the{" "}
        <strong>query</strong>, what it looks at are the <strong>keys</strong>. The attention pattern says who
        may look at whom.
      </p>
      <Select<PatternName>
        label="Attention pattern"
        value={pattern}
        choices={CHOICES}
        onChange={setPattern}
        testid="pattern"
      />
      <p data-testid="pattern-about">
        {words}
        {users.length > 0 && ` Trained so: ${users.join(", ")}.`}
      </p>
      <div class="learn-figure learn-attention">
        <div>
          <p class="small quiet">
            Each row is a token that looks, each column one that is looked at, in the same order.
          </p>
          <Matrix anatomy={anatomy} spot={spot} onSpot={setSpot} />
        </div>
        <div class="stack">
          <p class="small quiet">Point at a cell: what it sees is lit.</p>
          <LitGrids
            anatomy={anatomy}
            query={spot.query}
            onQuery={(query) => setSpot({ query, key: spot.key })}
          />
          <p class="small" data-testid="spot">
            {spotInWords(anatomy, spot)} In all, {tokenName(anatomy, spot.query)} sees{" "}
            {seenBy(anatomy, spot.query)} of {total} tokens.
          </p>
        </div>
      </div>
      <h2>What it costs</h2>
      <p>
        Jigsaw keeps one ledger for all decoders. <strong>Positions</strong> are the tokens computed, pass by
        pass. <strong>Pairs</strong> are queries times keys, hidden ones too, for they are computed and then
        hidden. Keys that were computed in an earlier pass can be kept if they cannot have changed: that is
        the cache.
      </p>
      <div class="learn-controls">
        <div class="field learn-grow">
          <span>
            {typed
              ? `The typewriter takes a pass for each of the ${answer.flat().length} cells`
              : `${rounds} ${rounds === 1 ? "round" : "rounds"}${pattern === "blocks" ? " for each row, at most" : ""}`}
          </span>
          <Slider
            label="Rounds"
            value={rounds}
            min={1}
            max={12}
            disabled={typed}
            text={`${rounds} rounds`}
            onChange={setRounds}
            testid="ledger-rounds"
          />
        </div>
      </div>
      <LedgerTable
        pattern={pattern}
        most={Math.max(fresh.pairs, kept.pairs)}
        rows={[
          ...(nothingKept
            ? []
            : [
                { title: "The prompt, once", cost: cached.prompt },
                { title: "The answer", cost: cached.decode },
                { title: "Together", cost: kept },
              ]),
          { title: nothingKept ? "Nothing can be kept" : "Without a cache", cost: fresh },
        ]}
      />
      <p data-testid="ledger-words">
        {nothingKept
          ? "Every pass computes everything again."
          : `The cache saves ${Math.round(100 * (1 - kept.pairs / fresh.pairs))} % of the pairs here. The answers are the same with it and without: it is exact, not an approximation.`}
      </p>
      <Booked pattern={pattern} rounds={rounds} expected={nothingKept ? fresh : kept} />
    </>
  );
}
