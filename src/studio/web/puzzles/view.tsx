// Puzzles: the gallery, one puzzle, or the editor, as the address tells.
import { useRef } from "preact/hooks";
import { Button } from "../components/controls.tsx";
import { hashOf } from "../routes.ts";
import { notifyError } from "../state/notices.ts";
import type { ViewProps } from "../views.tsx";
import { Details, isDetails } from "./details.tsx";
import { EditorView } from "./editor-view.tsx";
import { Gallery } from "./gallery.tsx";
import { openFile } from "./open-file.ts";
import "./puzzles.css";

function OpenFile() {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button testid="open-file" onClick={() => input.current?.click()}>
        Open a file
      </Button>
      <input
        ref={input}
        class="unseen"
        type="file"
        accept=".json,.jsonl,application/json"
        aria-label="Puzzle or trace file"
        tabIndex={-1}
        data-testid="file-input"
        onChange={(event) => {
          const field = event.currentTarget;
          const file = field.files?.[0];
          // The same file once more is a change, too.
          field.value = "";
          if (file) openFile(file).catch(notifyError);
        }}
      />
    </>
  );
}

export default function PuzzlesView({ params }: ViewProps) {
  if (params.edit) return <EditorView />;
  if (isDetails(params)) return <Details params={params} />;
  return (
    <>
      <div class="view-head">
        <h1>Puzzles</h1>
        <p>A rule is shown by a few pairs; the model is asked to apply it. Choose one, draw one, or drop a file anywhere on the page.</p>
      </div>
      <div class="row puzzle-actions">
        <a class="button" href={hashOf("puzzles", { edit: "1" })} data-testid="draw">
          Draw your own
        </a>
        <OpenFile />
      </div>
      <Gallery params={params} />
    </>
  );
}
