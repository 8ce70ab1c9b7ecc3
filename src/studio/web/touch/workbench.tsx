// The canvas (beside another branch's, where two are compared) with all that moves it on and back.

import type { Grid as Answer } from "../../../arc/grid.ts";
import type { Template } from "../../../decode/frames.ts";
import { Button } from "../components/controls.tsx";
import { Grid } from "../components/grid.tsx";
import { Redo, Stop, Undo } from "../components/icons.tsx";
import { isOpen } from "../components/labels.ts";
import { differences, scoreInWords, scoreOf } from "../play/answer-score.ts";
import { useWrongCells } from "../play/playback-settings.tsx";
import { RunStatus } from "../play/run-status.tsx";
import { Transport } from "../play/transport.tsx";
import { Verdict } from "../play/verdict.tsx";
import { isLive } from "../state/decode-run.ts";
import { heat as heatSetting } from "../state/preferences.ts";
import { useStore } from "../state/store.ts";
import { erase, paint, toggleLock } from "./canvas-edits.ts";
import { type Branch, branchOf, canvasAt, canvasNow, lastStep, type Session } from "./session.ts";
import { Size } from "./size-steppers.tsx";
import type { Tool } from "./tools.tsx";
import { dispatch, edit, restart, stop } from "./touch-store.ts";
import { confidenceOf, marksOf, stepText } from "./visible-frame.ts";

const DRAG: Readonly<Record<Tool, "cells" | "region" | undefined>> = {
  point: undefined,
  paint: "cells",
  erase: "region",
  lock: "region",
};

interface CanvasProps {
  readonly session: Session;
  readonly canvas: Template;
  readonly tool: Tool;
  readonly colour: number;
  readonly answer: Answer | undefined;
  readonly differs: readonly number[] | undefined;
  onPoint(cell: number | undefined): void;
}

function Canvas({ session, canvas, answer, tool, colour, differs, onPoint }: CanvasProps) {
  const heat = useStore(heatSetting);
  const wrong = useWrongCells(canvas, answer);
  const change = (by: Tool, cells: readonly number[], first: boolean, painted = colour) => {
    if (by === "paint") edit((now) => paint(now, cells, painted), first);
    else if (by === "erase") edit((now) => erase(now, cells), first);
    else if (by === "lock") edit((now) => toggleLock(now, cells), first);
  };
  const onKey = (key: string, cells: readonly number[]): boolean => {
    if (/^\d$/.test(key)) change("paint", cells, true, Number(key));
    else if (key === "Delete" || key === "Backspace") change("erase", cells, true);
    else if (key === "l") change("lock", cells, true);
    else return false;
    return true;
  };
  return (
    <Grid
      canvas={canvas}
      label="Answer"
      confidence={confidenceOf(session, canvas)}
      heat={heat}
      marks={{ ...marksOf(session, canvas), wrong, ...(differs && { differs }) }}
      drag={DRAG[tool]}
      onPoint={onPoint}
      onCells={(cells, first) => change(tool, cells, first)}
      onKey={onKey}
      testid="canvas"
    />
  );
}

interface BesideProps {
  readonly branch: Branch;
  readonly canvas: Template;
  readonly answer: Answer | undefined;
  readonly differs: readonly number[] | undefined;
}

function Beside({ branch, canvas, answer, differs }: BesideProps) {
  const count = differs?.length;
  return (
    <div class="canvas-place" data-testid="beside">
      <Grid
        canvas={canvas}
        label={`Branch ${branch.id}`}
        marks={{ locked: canvas.locked, ...(differs && { differs }) }}
        testid="canvas-beside"
      />
      <p class="small">
        Branch {branch.id}: {scoreInWords(scoreOf(canvas, answer))}.{" "}
        <span data-testid="differs">
          {count === undefined
            ? "Another size."
            : `${count} ${count === 1 ? "cell differs" : "cells differ"}.`}
        </span>
      </p>
      <Button kind="plain" onClick={() => dispatch({ type: "beside", branch: undefined })}>
        End comparison
      </Button>
    </div>
  );
}

interface ActionsProps {
  readonly session: Session;
  readonly canvas: Template | undefined;
  /** Undefined while there is nothing to go on with. */
  readonly onGo: (() => void) | undefined;
}

function Actions({ session, canvas, onGo }: ActionsProps) {
  const branch = branchOf(session, session.now.branch);
  const begun = branch !== undefined || session.now.edited !== undefined;
  const allLocked = canvas !== undefined && canvas.locked.length === canvas.slots.length;
  return (
    <div class="row">
      <Button kind="primary" testid="go-on" disabled={!onGo || allLocked} onClick={() => onGo?.()}>
        {begun ? "Go on from here" : "Fill in"}
      </Button>
      {branch && isLive(branch.run) && (
        <Button testid="cancel" onClick={stop}>
          <Stop /> Cancel
        </Button>
      )}
      <Button
        icon
        label="Undo"
        testid="undo"
        disabled={session.past.length === 0}
        onClick={() => dispatch({ type: "undo" })}
      >
        <Undo />
      </Button>
      <Button
        icon
        label="Redo"
        testid="redo"
        disabled={session.future.length === 0}
        onClick={() => dispatch({ type: "redo" })}
      >
        <Redo />
      </Button>
      <Button
        kind="plain"
        disabled={!begun && session.branches.length === 0}
        testid="restart"
        onClick={restart}
      >
        Reset
      </Button>
    </div>
  );
}

export interface WorkbenchProps extends Omit<CanvasProps, "canvas" | "differs"> {
  /** The grid that is asked about. */
  readonly input: Answer;
  readonly onGo: (() => void) | undefined;
}

/** The canvas that is worked on, its player and its actions. */
export function Workbench({ session, input, answer, onGo, ...props }: WorkbenchProps) {
  const branch = branchOf(session, session.now.branch);
  const canvas = canvasNow(session);
  const beside = session.beside === session.now.branch ? undefined : branchOf(session, session.beside);
  const other = beside && canvasAt(session, beside.id, lastStep(beside));
  const differs = canvas && other ? differences(canvas, other) : undefined;
  const see = (step: number) =>
    dispatch({
      type: "see",
      branch: session.now.branch,
      step: Math.max(-1, Math.min(step, lastStep(branch))),
    });
  const full = canvas !== undefined && !canvas.slots.some(isOpen);
  return (
    <section class="workbench" aria-labelledby="canvas-title">
      <div class="row apart">
        <h2 id="canvas-title">{branch ? `Answer, branch ${branch.id}` : "Answer"}</h2>
        {canvas && (full || branch) && <Verdict score={scoreOf(canvas, answer)} />}
      </div>
      <div class="canvases" data-two={other !== undefined}>
        <div class="canvas-place">
          {canvas ? (
            <Canvas session={session} canvas={canvas} answer={answer} differs={differs} {...props} />
          ) : (
            <div class="no-canvas stack quiet">
              <p>
                No rule that fits the demonstrations tells the size of the answer. The model decides it, or
                you do.
              </p>
              <Size canvas={undefined} input={input} />
            </div>
          )}
        </div>
        {beside && other && <Beside branch={beside} canvas={other} answer={answer} differs={differs} />}
      </div>
      <RunStatus run={branch?.run} />
      <Transport
        playing={session.playing}
        disabled={!branch}
        at={session.now.step + 1}
        end={lastStep(branch) + 1}
        text={stepText(session)}
        onPlay={() => dispatch({ type: "play" })}
        onPause={() => dispatch({ type: "pause" })}
        onBack={() => see(session.now.step - 1)}
        onOn={() => see(session.now.step + 1)}
        onStart={() => see(-1)}
        onScrub={(at) => see(at - 1)}
      />
      <Actions session={session} canvas={canvas} onGo={onGo} />
    </section>
  );
}
