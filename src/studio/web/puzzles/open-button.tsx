// Opens a puzzle or a trace by the browser's own dialog: what dropping does, for those who don't drag.
import { useRef } from "preact/hooks";
import { Button } from "../components/controls.tsx";
import { notifyError } from "../state/notices.ts";

/** A button that opens a puzzle or trace file. */
export function OpenFile() {
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
          if (file) import("./open-file.ts").then(({ openFile }) => openFile(file)).catch(notifyError);
        }}
      />
    </>
  );
}
