import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "./controls.tsx";

interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  onClose(): void;
}

/** A dialog over the page; Escape and its button close it. */
export function Dialog({ title, children, onClose }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={onClose}>
      <div class="stack">
        <div class="row apart">
          <h2 id={id}>{title}</h2>
          <Button kind="plain" onClick={() => dialog.current?.close()}>
            Close
          </Button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
