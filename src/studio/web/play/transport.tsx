// Play, pause, step and scrub; the same for one canvas and for several.
import type { ComponentChildren } from "preact";
import { Button, Slider } from "../components/controls.tsx";
import { Pause, Play, StepBack, StepOn, ToStart } from "../components/icons.tsx";
import { useShortcuts } from "../state/shortcuts.ts";
import "./transport.css";

export interface TransportProps {
  readonly playing: boolean;
  readonly disabled?: boolean;
  /** Where it stands between 0 and `end`. */
  readonly at: number;
  readonly end: number;
  /** The place in words: "pass 4 of 12". */
  readonly text: string;
  /** Of the scrubber: 1 where places are whole numbers. */
  readonly step?: number | "any";
  /** More controls at the end of the line. */
  readonly children?: ComponentChildren;
  onPlay(): void;
  onPause(): void;
  onBack(): void;
  onOn(): void;
  onStart(): void;
  onScrub(at: number): void;
}

/** Buttons and scrubber of a player, with their keys. */
export function Transport(props: TransportProps) {
  const { playing, disabled = false, at, end, text, step = 1, children } = props;
  const toggle = playing ? props.onPause : props.onPlay;
  useShortcuts(
    disabled
      ? {}
      : {
          " ": toggle,
          ArrowLeft: props.onBack,
          ArrowRight: props.onOn,
        },
  );
  return (
    <fieldset class="transport" aria-label="Playback">
      <div class="transport-buttons">
        <Button
          kind="plain"
          icon
          label="To the start"
          disabled={disabled}
          testid="to-start"
          onClick={props.onStart}
        >
          <ToStart />
        </Button>
        <Button
          kind="plain"
          icon
          label="A step back"
          disabled={disabled}
          testid="step-back"
          onClick={props.onBack}
        >
          <StepBack />
        </Button>
        <Button
          icon
          label={playing ? "Pause" : "Play"}
          disabled={disabled}
          testid={playing ? "pause" : "play"}
          onClick={toggle}
        >
          {playing ? <Pause /> : <Play />}
        </Button>
        <Button kind="plain" icon label="A step on" disabled={disabled} testid="step-on" onClick={props.onOn}>
          <StepOn />
        </Button>
      </div>
      <Slider
        label="Where in the recording"
        value={at}
        min={0}
        max={Math.max(end, 1e-9)}
        step={step}
        text={text}
        disabled={disabled || end === 0}
        onChange={props.onScrub}
        testid="scrub"
      />
      <span class="transport-text" data-testid="position">
        {text}
      </span>
      {children}
    </fieldset>
  );
}
