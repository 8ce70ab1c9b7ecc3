// Part 4: who may look at whom, and what that costs.
import { useMemo, useState } from "preact/hooks";
import { type PatternName, patterns } from "../../../sequence/attention-patterns.ts";
import { Select, Slider } from "../components/controls.tsx";
import { useAbout } from "../state/backend.ts";
import { anatomyOf, seenBy, tokenName } from "./anatomy.ts";
import { costsOf, plus } from "./costs.ts";
import { echo } from "./example-puzzles.ts";
import { Booked, LedgerTable } from "./ledger.tsx";
import { LitGrids } from "./lit-grids.tsx";
import { Matrix, type Spot, spotInWords } from "./matrix.tsx";
import { PATTERNS } from "./pattern-about.ts";

const CHOICES = (Object.keys(PATTERNS) as PatternName[]).map((value) => ({
  value,
  label: PATTERNS[value].title,
}));

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
  const { answer: order } = patterns[pattern];
  const typed = order === "causal";
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
              : `${rounds} ${rounds === 1 ? "round" : "rounds"}${order === "blocks" ? " for each row, at most" : ""}`}
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
