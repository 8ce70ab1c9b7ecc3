// What the pointer does on the canvas.
import { Segmented } from "../components/controls.tsx";
import { Brush, Eraser, Lock, Pointer } from "../components/icons.tsx";

/** What a pointer can do to cells. */
export const TOOLS = ["point", "paint", "erase", "lock"] as const;
/** The name of a tool. */
export type Tool = (typeof TOOLS)[number];

const ABOUT: Readonly<Record<Tool, { label: string; title: string; icon: () => preact.JSX.Element }>> = {
  point: { label: "Point", title: "See what the model makes of a cell (v)", icon: Pointer },
  paint: { label: "Paint", title: "Click or drag over cells (p)", icon: Brush },
  erase: { label: "Erase", title: "Drag a rectangle (e)", icon: Eraser },
  lock: { label: "Lock", title: "Drag a rectangle: the model leaves it as it is (k)", icon: Lock },
};

/** The choice of the tool. */
export function ToolChoice({ tool, onChange }: { readonly tool: Tool; onChange(tool: Tool): void }) {
  return (
    <Segmented
      label="Tool"
      value={tool}
      testid="tools"
      choices={TOOLS.map((value) => {
        const { label, title, icon: Icon } = ABOUT[value];
        return { value, label, title, icon: <Icon /> };
      })}
      onChange={onChange}
    />
  );
}
