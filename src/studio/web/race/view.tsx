// Race: one puzzle, several decoders side by side, each at its own clock.
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { Button, Segmented, Select } from "../components/controls.tsx";
import { Plus, Stop } from "../components/icons.tsx";
import { wholeNumber } from "../components/labels.ts";
import { blankFor } from "../play/blank.ts";
import { Demonstrations } from "../play/demonstrations.tsx";
import { ExportMenu } from "../play/export-menu.tsx";
import { PlaybackSettings } from "../play/playback-settings.tsx";
import { Transport } from "../play/transport.tsx";
import { useAbout } from "../state/backend.ts";
import { endOf, SPEEDS, shownAt, speedLabel } from "../state/clock.ts";
import { recordingOf } from "../state/decode-run.ts";
import { puzzle, testOf } from "../state/puzzle.ts";
import { useStore } from "../state/store.ts";
import { ChosenRaces } from "./chosen-list.tsx";
import { Lane } from "./lane.tsx";
import { isRunning, MOST_LANES, type Race, runsOf } from "./race.ts";
import { change, dispatch, follow, race as raceStore, start, stop } from "./race-store.ts";
import "./race.css";

/** Moves the head on with the time that passes. */
function usePlayback(playing: boolean): void {
  useEffect(() => {
    if (!playing) return;
    let last = performance.now();
    let handle = requestAnimationFrame(function move(now) {
      // A tab that was away for a while does not leap.
      dispatch({ type: "elapsed", ms: Math.min(200, now - last) });
      last = now;
      handle = requestAnimationFrame(move);
    });
    return () => cancelAnimationFrame(handle);
  }, [playing]);
}

const recordingsOf = ({ of, lanes }: Race) =>
  lanes.flatMap((lane) => (lane.run ? recordingOf(of, lane, lane.run) : []));

function headText({ clock, head }: Race, end: number): string {
  return clock === "pass"
    ? `pass ${Math.floor(head)} of ${end}`
    : `${wholeNumber(head)} of ${wholeNumber(end)} ms`;
}

function Playback({ race }: { readonly race: Race }) {
  const { clock, speeds, head, playing } = race;
  const runs = runsOf(race);
  const end = endOf(runs, clock);
  return (
    <div class="playback">
      <Transport
        playing={playing}
        disabled={runs.length === 0}
        at={Math.min(head, end)}
        end={end}
        step="any"
        text={headText(race, end)}
        onPlay={() => dispatch({ type: "play" })}
        onPause={() => dispatch({ type: "pause" })}
        onBack={() => dispatch({ type: "step-back" })}
        onOn={() => dispatch({ type: "step-on" })}
        onStart={() => dispatch({ type: "to-start" })}
        onScrub={(to) => dispatch({ type: "scrub", head: to })}
      />
      <div class="row">
        <Segmented
          label="Clock"
          value={clock}
          choices={[
            { value: "pass", label: "By pass" },
            { value: "time", label: "By time" },
          ]}
          onChange={(to) => dispatch({ type: "clock", clock: to })}
          testid="clock"
        />
        <Select
          label="Speed"
          bare
          value={String(speeds[clock])}
          choices={SPEEDS[clock].map((speed) => ({ value: String(speed), label: speedLabel(clock, speed) }))}
          onChange={(speed) => dispatch({ type: "speed", speed: Number(speed) })}
          testid="speed"
        />
      </div>
    </div>
  );
}

export default function RaceView() {
  const current = useStore(puzzle);
  useEffect(() => follow(current), [current]);
  const race = useStore(raceStore);
  const about = useAbout();
  const [pointed, setPointed] = useState<number>();
  const onPoint = useCallback((cell: number | undefined) => setPointed(cell), []);
  const blank = useMemo(() => blankFor(race.of), [race.of]);
  usePlayback(race.playing);

  const known = about && !(about instanceof Error) ? about : undefined;
  const answer = testOf(race.of).output;
  const running = isRunning(race);
  return (
    <>
      <div class="view-head">
        <h1>Race</h1>
        <p data-testid="caption">
          {race.caption ||
            "The same puzzle, side by side: each canvas fills in the order in which its decoder commits the cells."}
        </p>
      </div>
      <div class="race">
        <div class="race-side">
          <Demonstrations puzzle={race.of} />
          <ChosenRaces />
        </div>
        <div class="race-main">
          <div class="row race-actions">
            <Button kind="primary" testid="start" disabled={race.replay || !known} onClick={start}>
              {runsOf(race).length > 0 ? "Race again" : "Race"}
            </Button>
            {running && (
              <Button testid="cancel" onClick={stop}>
                <Stop /> Cancel
              </Button>
            )}
            <Button
              testid="add-lane"
              disabled={race.replay || race.lanes.length >= MOST_LANES}
              onClick={() => change({ type: "add", entry: { decoder: "steps", model: "jigsaw-joint" } })}
            >
              <Plus /> Decoder
            </Button>
            <PlaybackSettings answerKnown={answer !== undefined} />
            <div class="row-end">
              <ExportMenu
                shown={{
                  recordings: recordingsOf(race),
                  steps: runsOf(race).map(({ shots }) => shownAt(shots, race.clock, race.head) + 1),
                  clock: race.clock,
                  speed: race.speeds[race.clock],
                }}
              />
            </div>
          </div>
          {about instanceof Error && <p class="bad">{about.message}</p>}
          <Playback race={race} />
          <div class="lanes" data-count={race.lanes.length}>
            {race.lanes.map((lane) => (
              <Lane
                key={lane.id}
                lane={lane}
                puzzle={race.of}
                answer={answer}
                blank={blank}
                clock={race.clock}
                head={race.head}
                pointed={pointed}
                about={known}
                alone={race.lanes.length === 1}
                replay={race.replay}
                onPoint={onPoint}
              />
            ))}
          </div>
        </div>
      </div>
    </>
  );
}
