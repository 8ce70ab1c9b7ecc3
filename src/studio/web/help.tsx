// The keys, under "?".
import { Dialog } from "./components/dialog.tsx";

const KEYS: readonly (readonly [where: string, keys: readonly (readonly [keys: string, does: string])[]])[] =
  [
    ["Anywhere", [["?", "this list"]]],
    [
      "Touch and Race",
      [
        ["Space", "play or pause"],
        ["← →", "a step back or on"],
        ["h", "confidence on or off"],
        ["w", "wrong cells marked or not"],
      ],
    ],
    [
      "Touch",
      [
        ["g", "go on from here"],
        ["v p e k", "point, paint, erase, lock"],
        ["Ctrl+Z Ctrl+Y", "undo, redo"],
      ],
    ],
    [
      "In a grid",
      [
        ["← → ↑ ↓", "the next cell; with Shift, select a rectangle; with Ctrl, go to the edge"],
        ["0 to 9", "paint the cell, or the selection"],
        ["Delete", "erase it"],
        ["l", "lock it, or unlock it"],
        ["Enter", "use the tool on it"],
      ],
    ],
  ];

/** The list of keys. */
export function Help({ onClose }: { onClose(): void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      {KEYS.map(([where, keys]) => (
        <section key={where}>
          <h3>{where}</h3>
          <dl class="keys">
            {keys.map(([key, does]) => (
              <div key={key}>
                <dt>
                  {key
                    .split(" ")
                    .map((one) => (/^(to)$/.test(one) ? ` ${one} ` : <kbd key={one}>{one}</kbd>))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
