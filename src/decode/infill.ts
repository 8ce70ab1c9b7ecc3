// Going on from a canvas that is partly filled: whoever stopped a decoder has painted on it.
import { JigsawError } from "../core/errors.ts";
import { OPEN, type Template } from "./frames.ts";
import type { Prompt } from "./prompt.ts";

const bad = (why: string, hint: string): JigsawError =>
  new JigsawError("bad-option", `the canvas to go on from ${why}`, hint);

/**
 * The prompt with a canvas to go on from; decoders whose `infills` is set take one.
 * @throws JigsawError "bad-option" where the canvas does not fit the answer's format
 */
export function infill<Answer>(prompt: Prompt<Answer>, template: Template): Prompt<Answer> {
  const { shape, slots, locked } = template;
  const layout = prompt.format.layoutOf(shape);
  if (slots.length !== layout.slots.length)
    throw bad(
      `has ${slots.length} slots, expected ${layout.slots.length}`,
      "Give all of them, in reading order.",
    );
  const holds = (slot: number): boolean => {
    const [id, range] = [slots[slot], layout.slots[slot]];
    return (
      Number.isInteger(id) && range !== undefined && id! >= range.first && id! < range.first + range.count
    );
  };
  const wrong = slots.findIndex((id, slot) => id !== OPEN && !holds(slot));
  if (wrong >= 0) {
    const { first, count } = layout.slots[wrong]!;
    throw bad(
      `holds ${slots[wrong]} in slot ${wrong}, which no answer can`,
      `Open slots hold ${OPEN}, others ${first} to ${first + count - 1}.`,
    );
  }
  if (!locked.every(holds))
    throw bad("locks slots that are not filled", "Lock only slots that hold something.");
  return { ...prompt, template };
}
