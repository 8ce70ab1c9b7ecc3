// Recordings as lanes of a picture: what each shows at a step, with its decoder's name above and its cost beneath.
import { equalGrids, type Grid } from "../../../arc/grid.ts";
import { OPEN } from "../../../decode/frames.ts";
import { type Clock, momentOf } from "../state/clock.ts";
import type { Recording, Shot } from "../state/recording.ts";
import type { Lane } from "./gif.ts";
import type { Panel } from "./scene.ts";

const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

function verdict(candidates: readonly Grid[], answer: Grid | undefined): string {
  if (!answer) return "done";
  const [first] = candidates;
  if (first && equalGrids(first, answer)) return "✓ right";
  const cells = answer.flat();
  if (!first || first.length !== answer.length || first[0]!.length !== answer[0]!.length)
    return "✗ wrong size";
  const right = first.flat().filter((colour, i) => colour === cells[i]).length;
  return `✗ ${right} of ${cells.length} right`;
}

/** The canvas before its first cell, if there will be one. */
function openCanvas(first: Shot | undefined): Pick<Panel, "shown"> {
  if (!first) return {};
  const { shape, slots } = first.frame;
  return { shown: { shape, slots: slots.map(() => OPEN) } };
}

/** A recording after so many of its steps; 0 is before the first. */
export function panelOf(recording: Recording, step: number): Panel {
  const { decoder, shots, candidates, answer } = recording;
  const shot = shots[Math.min(step, shots.length) - 1];
  if (!shot) return { title: decoder, ...openCanvas(shots[0]), captions: ["", ""] };
  const { frame } = shot;
  const filled = frame.slots.filter((id) => id !== OPEN).length;
  const ended = step >= shots.length && candidates.length > 0;
  return {
    title: decoder,
    shown: frame,
    captions: [
      `${plural(frame.pass, "pass", "passes")}, ${filled} of ${frame.slots.length}`,
      ended ? verdict(candidates, answer) : "",
    ],
  };
}

/** Recordings as lanes of a GIF, which start together and go by a player's clock at a player's speed. */
export const lanesOf = (recordings: readonly Recording[], clock: Clock = "pass", speed = 4): Lane[] =>
  recordings.map((recording) => [
    { at: 0, panel: panelOf(recording, 0) },
    ...recording.shots.map((shot, i) => ({
      at: (momentOf(shot, clock) * (clock === "pass" ? 1000 : 1)) / speed,
      panel: panelOf(recording, i + 1),
    })),
  ]);
