// A link that carries the whole puzzle.

import { useState } from "preact/hooks";
import type { StudioTask } from "../../shared/tasks.ts";
import { Button } from "../components/controls.tsx";
import { Dialog } from "../components/dialog.tsx";
import { notify, notifyError } from "../state/notices.ts";
import { hashOf } from "../state/routes.ts";

/** The page's address with a puzzle in it. */
export async function linkTo(task: StudioTask): Promise<string> {
  const { encodeTask } = await import("../../shared/share.ts");
  const page = location.href.replace(/#.*$/s, "");
  return page + hashOf("touch", { task: await encodeTask(task) });
}

/** Copies the link to a puzzle. */
export function ShareButton({ task, disabled }: { readonly task: StudioTask; readonly disabled?: boolean }) {
  const [link, setLink] = useState("");
  const share = async () => {
    const text = await linkTo(task);
    try {
      await navigator.clipboard.writeText(text);
      notify("done", "Link copied. It carries the puzzle itself.");
    } catch {
      // Pages without https may not write to the clipboard: one copies by hand.
      setLink(text);
    }
  };
  return (
    <>
      <Button disabled={disabled} testid="share" onClick={() => share().catch(notifyError)}>
        Copy link
      </Button>
      {link && (
        <Dialog title="A link to this puzzle" onClose={() => setLink("")}>
          <label class="field">
            <span>Copy it from here. It carries the puzzle itself.</span>
            <input
              readOnly
              value={link}
              data-testid="link"
              onFocus={(event) => event.currentTarget.select()}
            />
          </label>
        </Dialog>
      )}
    </>
  );
}
