// Decodings of one puzzle side by side, played together pass by pass.
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Grid as Answer } from "../../../arc/grid.ts";
import { OPEN } from "../../../decode/frames.ts";
import type { DecodeRequest } from "../../shared/protocol.ts";
import type { StudioTask } from "../../shared/tasks.ts";
import { Button, Slider } from "../components/controls.tsx";
import { Grid } from "../components/grid.tsx";
import { Pause, Play, StepBack, StepOn } from "../components/icons.tsx";
import { isOpen } from "../components/labels.ts";
import { scoreOf } from "../play/answer-score.ts";
import { RunStatus } from "../play/run-status.tsx";
import { Verdict } from "../play/verdict.tsx";
import { endOf, limitOf, shownAt, stepBack, stepOn } from "../state/clock.ts";
import { isLive, type Run } from "../state/decode-run.ts";
import { useRuns } from "./decode-cache.ts";

/** A decoding beside others, and its words. */
export interface LaneAbout {
  readonly title: string;
  readonly about: string;
  /** As on the command line. */
  readonly decoder: string;
  readonly model: string;
}

/** The request that a lane shows the decoding of. */
export const requestFor = (
  task: StudioTask,
  { decoder, model }: Pick<LaneAbout, "decoder" | "model">,
): DecodeRequest => ({
  task,
  decoder,
  model,
});

const calm = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The pass that is seen; it plays by itself once something is there to be played. */
function useHead(runs: readonly Run[], key: string, passMs: number) {
  const [head, setHead] = useState(0);
  const [playing, setPlaying] = useState(true);
  const [end, limit] = [endOf(runs, "pass"), limitOf(runs, "pass")];
  const live = runs.some(isLive);
  useEffect(() => {
    setHead(0);
    setPlaying(true);
  }, [key]);
  useEffect(() => {
    if (!playing) return;
    if (calm()) {
      setHead(limit);
      if (!live) setPlaying(false);
      return;
    }
    const timer = setInterval(() => setHead((now) => Math.min(limit, now + 1)), passMs);
    return () => clearInterval(timer);
  }, [playing, limit, live, passMs]);
  useEffect(() => {
    if (playing && !live && head >= end) setPlaying(false);
  }, [playing, live, head, end]);
  return { head: Math.min(head, end), setHead, playing, setPlaying, end };
}

interface LaneProps {
  readonly lane: LaneAbout;
  readonly run: Run;
  readonly head: number;
  readonly size: Answer;
  readonly answer: Answer;
}

function Lane({ lane, run, head, size, answer }: LaneProps) {
  const shown = shownAt(run.shots, "pass", head);
  const shot = run.shots[shown];
  const canvas = useMemo(() => {
    if (shot) return shot.frame;
    const { shape } = run.shots[0]?.frame ?? { shape: [size.length, size[0]!.length] };
    return { shape, slots: new Array<number>(shape[0]! * shape[1]!).fill(OPEN) };
  }, [shot, run.shots[0], size]);
  const over = !isLive(run) && shown === run.shots.length - 1;
  const passes = run.shots.at(-1)?.frame.pass ?? 0;
  const back = run.shots.slice(0, shown + 1).reduce((sum, { frame }) => sum + frame.retracted.length, 0);
  return (
    <section class="learn-lane" aria-label={lane.title} data-testid="lane" data-over={over}>
      <div>
        <h2>{lane.title}</h2>
        <p class="small quiet">{lane.about}</p>
      </div>
      <div>
        <Grid
          canvas={canvas}
          label={`${lane.title}: its answer`}
          confidence={shot?.frame.confidence}
          marks={
            shot && !over
              ? {
                  fresh: shot.frame.committed.filter((cell) => !isOpen(shot.frame.slots[cell]!)),
                  gone: shot.frame.retracted,
                }
              : {}
          }
          cell={44}
          room="340px"
        />
      </div>
      <div class="small">
        <RunStatus run={run} />
        {shot && (
          <p>
            pass {shot.frame.pass}
            {over ? "" : ` of ${passes}`}
            {back > 0 && `, ${back} taken back`}
            <br />
            <Verdict score={scoreOf(canvas, answer)} />
          </p>
        )}
      </div>
    </section>
  );
}

interface LanesProps {
  readonly task: StudioTask;
  readonly lanes: readonly LaneAbout[];
  /** Milliseconds for a pass. */
  readonly passMs?: number;
  readonly testid?: string;
}

/** Decodings side by side, played together pass by pass. */
export function Lanes({ task, lanes, passMs = 220, testid }: LanesProps) {
  const requests = lanes.map((lane) => requestFor(task, lane));
  const runs = useRuns(requests);
  const { head, setHead, playing, setPlaying, end } = useHead(runs, JSON.stringify(requests), passMs);
  const { input, output = input } = task.test[0]!;
  const move = (to: number) => {
    setPlaying(false);
    setHead(to);
  };
  const play = () => {
    if (head >= end) setHead(0);
    setPlaying(true);
  };
  const text = `pass ${head} of ${end}`;
  return (
    <div class="learn-figure" data-testid={testid}>
      <div class="learn-lanes">
        {lanes.map((lane, i) => (
          <Lane
            key={`${lane.title} ${lane.decoder}`}
            lane={lane}
            run={runs[i]!}
            head={head}
            size={output}
            answer={output}
          />
        ))}
      </div>
      <fieldset class="learn-playback" aria-label="Playback">
        <Button kind="plain" icon label="A pass back" onClick={() => move(stepBack(runs, "pass", head))}>
          <StepBack />
        </Button>
        <Button
          icon
          label={playing ? "Pause" : "Play"}
          onClick={playing ? () => setPlaying(false) : play}
          testid="learn-play"
        >
          {playing ? <Pause /> : <Play />}
        </Button>
        <Button kind="plain" icon label="A pass on" onClick={() => move(stepOn(runs, "pass", head))}>
          <StepOn />
        </Button>
        <Slider
          label="Pass"
          value={head}
          min={0}
          max={Math.max(1, end)}
          text={text}
          disabled={end === 0}
          onChange={move}
        />
        <span class="small quiet">{text}</span>
      </fieldset>
    </div>
  );
}
