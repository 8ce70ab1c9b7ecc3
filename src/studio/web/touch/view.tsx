// Touch: the model fills in a canvas; one stops it, changes what one likes, and lets it go on.
import { useEffect, useState } from "preact/hooks";
import { Palette } from "../components/colour-picker.tsx";
import { Select } from "../components/controls.tsx";
import { Distribution } from "../components/distribution.tsx";
import { DecoderForm } from "../play/decoder-form.tsx";
import { Demonstrations } from "../play/demonstrations.tsx";
import { ExportMenu } from "../play/export-menu.tsx";
import { PlaybackSettings } from "../play/playback-settings.tsx";
import { inspectTitle, useInspect } from "../play/use-inspect.ts";
import { useAbout } from "../state/backend.ts";
import { recordingOf } from "../state/decode-run.ts";
import { type Spec, wordOf } from "../state/decoder-spec.ts";
import { FIRST_DECODER, FIRST_HINT, FIRST_PUZZLE } from "../state/first-puzzle.ts";
import { puzzle, testOf } from "../state/puzzle.ts";
import { useShortcuts } from "../state/shortcuts.ts";
import { createStore, type Store, useStore } from "../state/store.ts";
import { Branches } from "./branches.tsx";
import { branchOf, canvasNow, lastStep, type Session } from "./session.ts";
import { Size } from "./size-steppers.tsx";
import { type Tool, ToolChoice } from "./tools.tsx";
import { dispatch, follow, goOn, touch } from "./touch-store.ts";
import { Workbench } from "./workbench.tsx";
import "./touch.css";

const PACES = [1, 2, 4, 8, 16];

// They outlive a change of view.
const chosen: Store<Spec> = createStore<Spec>({ ...FIRST_DECODER, settings: {} });
const pace: Store<number> = createStore(4);

function usePlayback({ playing }: Session, perSecond: number): void {
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => dispatch({ type: "tick" }), 1000 / perSecond);
    return () => clearInterval(timer);
  }, [playing, perSecond]);
}

/** The decoder that is chosen, as far as the backend is known. */
function useDecoder() {
  const spec = useStore(chosen);
  const about = useAbout();
  if (!about || about instanceof Error) return { error: about };
  const decoders = about.decoders.filter(({ infills }) => infills);
  const decoder = decoders.find(({ name }) => name === spec.decoder) ?? decoders[0];
  if (!decoder) return { error: new Error("No decoder here goes on from a canvas.") };
  const known = decoder.name === spec.decoder ? spec : { decoder: decoder.name, model: "", settings: {} };
  return {
    about,
    decoders,
    spec: known,
    word: wordOf(known, decoder.options),
    model: known.model || decoder.model,
  };
}

export default function TouchView() {
  const current = useStore(puzzle);
  useEffect(() => follow(current), [current]);
  const { of, session } = useStore(touch);
  const decoder = useDecoder();
  const perSecond = useStore(pace);
  const [tool, setTool] = useState<Tool>("point");
  const [colour, setColour] = useState(1);
  const [pointed, setPointed] = useState<number>();
  usePlayback(session, perSecond);

  const { input, output: answer } = testOf(of);
  const branch = branchOf(session, session.now.branch);
  const canvas = canvasNow(session);
  const inspected = useInspect(of, decoder.model, canvas, pointed);
  const onGo = decoder.about ? () => goOn(decoder.word, decoder.model) : undefined;

  useShortcuts({
    g: () => onGo?.(),
    v: () => setTool("point"),
    p: () => setTool("paint"),
    e: () => setTool("erase"),
    k: () => setTool("lock"),
    "mod+z": () => dispatch({ type: "undo" }),
    "mod+y": () => dispatch({ type: "redo" }),
    "mod+shift+z": () => dispatch({ type: "redo" }),
  });

  return (
    <>
      <div class="view-head">
        <h1>Touch</h1>
        <p>Let the model fill in the answer, stop it anywhere, change a cell, and let it go on from there.</p>
        {of.task.id === FIRST_PUZZLE.id && <p class="hint">{FIRST_HINT}</p>}
      </div>
      <div class="touch">
        <Demonstrations puzzle={of} />
        <Workbench
          session={session}
          input={input}
          answer={answer}
          tool={tool}
          colour={colour}
          onPoint={setPointed}
          onGo={onGo}
        />
        <aside class="bench" aria-label="Tools">
          <ToolChoice tool={tool} onChange={setTool} />
          <Palette
            colour={colour}
            inUse={tool === "paint"}
            onChange={(value) => {
              setColour(value);
              setTool("paint");
            }}
          />
          <Distribution shares={inspected?.shares} title={inspectTitle(inspected, canvas)} />
          <div class="looks">
            <PlaybackSettings answerKnown={answer !== undefined} />
          </div>
          {decoder.about && (
            <DecoderForm
              about={decoder.about}
              decoders={decoder.decoders}
              spec={decoder.spec}
              onChange={chosen.set}
            />
          )}
          {decoder.error && <p class="bad small">{decoder.error.message}</p>}
          {canvas && <Size canvas={canvas} input={input} />}
          <Select
            label="Pace"
            value={String(perSecond)}
            choices={PACES.map((steps) => ({ value: String(steps), label: `${steps} a second` }))}
            onChange={(value) => pace.set(Number(value))}
          />
          <ExportMenu
            shown={{
              recordings: branch ? [recordingOf(of, branch, branch.run)] : [],
              steps: [session.now.step + 1],
              clock: "pass",
              speed: perSecond,
            }}
          />
        </aside>
        <Branches
          session={session}
          answer={answer}
          onSee={(to) => dispatch({ type: "see", branch: to.id, step: lastStep(to) })}
          onBeside={(id) => dispatch({ type: "beside", branch: id })}
        />
      </div>
    </>
  );
}
