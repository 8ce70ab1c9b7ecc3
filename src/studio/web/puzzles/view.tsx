// Puzzles: the gallery, one puzzle, or the editor, as the address tells.
import type { ViewProps } from "../state/routes.ts";
import { Details, isDetails } from "./details.tsx";
import { EditorView } from "./editor-view.tsx";
import { Gallery } from "./gallery.tsx";
import "./puzzles.css";

export default function PuzzlesView({ params }: ViewProps) {
  if (params.edit) return <EditorView />;
  if (isDetails(params)) return <Details params={params} />;
  return (
    <>
      <div class="view-head">
        <h1>Puzzles</h1>
        <p>
          A few pairs show a rule; the model is asked to apply it. Choose one, draw one, or drop a file
          anywhere on the page.
        </p>
      </div>
      <Gallery params={params} />
    </>
  );
}
