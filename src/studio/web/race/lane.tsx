// One decoder of a race: its canvas at the head, and what it has cost by then.

import { useMemo, useState } from "preact/hooks";
import type { Grid as Answer } from "../../../arc/grid.ts";
import type { Template } from "../../../decode/frames.ts";
import { drawnShape } from "../../../decode/frames.ts";
import type { About } from "../../shared/protocol.ts";
import { Button } from "../components/controls.tsx";
import { Distribution } from "../components/distribution.tsx";
import { Grid, type Marks } from "../components/grid.tsx";
import { Cross, Settings } from "../components/icons.tsx";
import { isOpen, wholeNumber } from "../components/labels.ts";
import { scoreOf } from "../play/answer-score.ts";
import { openCanvas } from "../play/blank.ts";
import { DecoderForm } from "../play/decoder-form.tsx";
import { useWrongCells } from "../play/playback-settings.tsx";
import { RunStatus } from "../play/run-status.tsx";
import { inspectTitle, useInspect } from "../play/use-inspect.ts";
import { Verdict } from "../play/verdict.tsx";
import { type Clock, shownAt } from "../state/clock.ts";
import { isLive } from "../state/decode-run.ts";
import { specOf, wordOf } from "../state/decoder-spec.ts";
import { heat as heatSetting } from "../state/preferences.ts";
import type { Puzzle } from "../state/puzzle.ts";
import type { Shot } from "../state/recording.ts";
import { useStore } from "../state/store.ts";
import type { Lane as LaneState } from "./race.ts";
import { change } from "./race-store.ts";

/** What has been spent by the last of these shots. */
function Figures({ shots }: { readonly shots: readonly Shot[] }) {
  const { ledger, frame } = shots.at(-1) ?? {};
  const taken = shots.reduce((sum, shot) => sum + shot.frame.retracted.length, 0);
  return (
    <dl class="figures">
      <div>
        <dt>Passes</dt>
        <dd data-testid="passes">{frame?.pass ?? 0}</dd>
      </div>
      <div>
        <dt>Positions</dt>
        <dd data-testid="positions">{wholeNumber(ledger?.positions ?? 0)}</dd>
      </div>
      <div>
        <dt>Time</dt>
        <dd data-testid="time">{wholeNumber((ledger?.promptMs ?? 0) + (ledger?.decodeMs ?? 0))} ms</dd>
      </div>
      <div>
        <dt>Taken back</dt>
        <dd data-testid="retracted">{taken}</dd>
      </div>
    </dl>
  );
}

/** What a step did. The last one of a recording is left plain, so that the answer can be seen. */
function stepMarks(shot: Shot | undefined, over: boolean): Marks {
  if (!shot || (over && shot.frame.retracted.length === 0)) return {};
  const { slots, committed, retracted } = shot.frame;
  return { fresh: committed.filter((cell) => !isOpen(slots[cell]!)), gone: retracted };
}

export interface LaneProps {
  readonly lane: LaneState;
  readonly puzzle: Puzzle;
  readonly answer: Answer | undefined;
  /** Of the size that a rule tells; shown before the first cell. */
  readonly blank: Template | undefined;
  readonly clock: Clock;
  readonly head: number;
  /** The cell that is pointed at in any of the lanes. */
  readonly pointed: number | undefined;
  readonly about: About | undefined;
  readonly alone: boolean;
  readonly replay: boolean;
  onPoint(cell: number | undefined): void;
}

function LaneHead({ lane, about, alone, replay }: Pick<LaneProps, "lane" | "about" | "alone" | "replay">) {
  const [open, setOpen] = useState(false);
  const decoder = about?.decoders.find(({ name }) => name === lane.decoder.split(":")[0]);
  return (
    <div class="stack">
      <div class="lane-head">
        <div>
          <h2 data-testid="lane-decoder">{lane.decoder}</h2>
          <p class="small quiet">{lane.model}</p>
        </div>
        {!replay && (
          <div class="row lane-buttons">
            <Button
              kind="plain"
              icon
              label={`Change lane ${lane.id}, ${lane.decoder}`}
              pressed={open}
              testid="lane-change"
              onClick={() => setOpen(!open)}
            >
              <Settings />
            </Button>
            {!alone && (
              <Button
                kind="plain"
                icon
                label={`Remove lane ${lane.id}, ${lane.decoder}`}
                testid="lane-remove"
                onClick={() => change({ type: "remove", lane: lane.id })}
              >
                <Cross />
              </Button>
            )}
          </div>
        )}
      </div>
      {open && about && (
        <DecoderForm
          about={about}
          decoders={about.decoders}
          spec={specOf(lane.decoder, decoder?.options ?? [], lane.model)}
          testid="lane-decoder-choice"
          onChange={(spec) => {
            const chosen = about.decoders.find(({ name }) => name === spec.decoder)!;
            const entry = { decoder: wordOf(spec, chosen.options), model: spec.model || chosen.model };
            change({ type: "lane", lane: lane.id, entry });
          }}
        />
      )}
    </div>
  );
}

/** A decoder's canvas at the head, its score and its costs. */
export function Lane(props: LaneProps) {
  const { lane, puzzle, answer, blank, clock, head, pointed, onPoint } = props;
  const { run } = lane;
  const shown = run ? shownAt(run.shots, clock, head) : -1;
  const shot = run?.shots[shown];
  const canvas = useMemo(() => {
    if (shot) return shot.frame;
    const first = run?.shots[0]?.frame;
    return first ? openCanvas(...drawnShape(first)) : blank;
  }, [shot, run?.shots[0], blank]);
  const inspected = useInspect(puzzle, props.replay ? undefined : lane.model, canvas, pointed);
  const heat = useStore(heatSetting);
  const wrong = useWrongCells(canvas, answer);
  const over = run !== undefined && !isLive(run) && shown === run.shots.length - 1;
  const figures = useMemo(() => <Figures shots={run?.shots.slice(0, shown + 1) ?? []} />, [run, shown]);
  // Sixty times a second the head moves; the cells change only with the shot.
  const grid = useMemo(
    () =>
      canvas && (
        <Grid
          canvas={canvas}
          label={`Answer of ${lane.decoder}`}
          confidence={shot?.frame.confidence}
          heat={heat}
          marks={{ ...stepMarks(shot, over), wrong }}
          onPoint={onPoint}
          testid="lane-canvas"
        />
      ),
    [canvas, shot, heat, over, wrong.length, lane.decoder, onPoint],
  );
  return (
    <section
      class="lane"
      aria-label={`Lane ${lane.id}: ${lane.decoder}`}
      data-testid="lane"
      data-status={run?.status ?? "ready"}
      data-over={over}
    >
      <LaneHead {...props} />
      <div>{grid ?? <p class="no-canvas quiet small">The model decides the size of the answer.</p>}</div>
      <div class="lane-score">
        <RunStatus run={run} />
        {shot && canvas && <Verdict score={scoreOf(canvas, answer)} />}
      </div>
      {figures}
      {pointed !== undefined && (
        <Distribution shares={inspected?.shares} title={inspectTitle(inspected, canvas)} />
      )}
    </section>
  );
}
