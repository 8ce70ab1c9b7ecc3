// Files that are dropped anywhere on the page.
import { useEffect, useState } from "preact/hooks";
import { notifyError } from "./state/notices.ts";

const hasFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes("Files") ?? false;

/** Opens files that are dropped anywhere on the page. */
export function DropTarget() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    // Entering a child leaves its parent, in this order.
    let depth = 0;
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth++;
      setOver(true);
    };
    const leave = () => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const allow = (event: DragEvent) => {
      if (hasFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      import("./puzzles/open-file.ts").then(({ openFile }) => openFile(file)).catch(notifyError);
    };
    const on = { dragenter: enter, dragleave: leave, dragover: allow, drop };
    for (const [type, listener] of Object.entries(on)) addEventListener(type, listener as EventListener);
    return () => {
      for (const [type, listener] of Object.entries(on)) removeEventListener(type, listener as EventListener);
    };
  }, []);
  if (!over) return null;
  return <div class="drop">Drop a puzzle, or a trace to replay</div>;
}
