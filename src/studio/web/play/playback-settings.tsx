// How canvases are to be looked at: by colour or by confidence, and with what is wrong marked.
import type { Grid } from "../../../arc/grid.ts";
import type { Filling } from "../../../decode/frames.ts";
import { Switch } from "../components/controls.tsx";
import { heat, markWrong } from "../state/preferences.ts";
import { useShortcuts } from "../state/shortcuts.ts";
import { useStore } from "../state/store.ts";
import { scoreOf } from "./answer-score.ts";

/** Switches for how canvases are coloured and marked. */
export function PlaybackSettings({ answerKnown }: { readonly answerKnown: boolean }) {
  const byConfidence = useStore(heat);
  const marked = useStore(markWrong);
  useShortcuts({ h: () => heat.set(!byConfidence), w: () => markWrong.set(!marked) });
  return (
    <>
      <Switch label="Shade by confidence" on={byConfidence} onChange={heat.set} testid="heat" />
      {byConfidence && (
        <p class="heat-legend small quiet">
          not sure
          {[0, 25, 50, 75, 100].map((sure) => (
            <span key={sure} class="heat-step" style={{ "--sure": `${sure}%` }} />
          ))}
          sure
        </p>
      )}
      {answerKnown && (
        <Switch label="Mark wrong cells" on={marked} onChange={markWrong.set} testid="mark-wrong" />
      )}
    </>
  );
}

/** The cells to mark as wrong: none where nobody wants to know, or knows. */
export function useWrongCells(canvas: Filling | undefined, answer: Grid | undefined): readonly number[] {
  const marked = useStore(markWrong);
  const score = marked && canvas ? scoreOf(canvas, answer) : undefined;
  return score && score !== "size" ? score.wrongCells : [];
}
