// The editor: demonstrations and test inputs drawn by hand.
import { useState } from "preact/hooks";
import { MAX_SIDE } from "../../../arc/grid.ts";
import { MOST_PAIRS } from "../../shared/tasks.ts";
import { Palette } from "../components/colour-picker.tsx";
import { Button, Segmented, Stepper } from "../components/controls.tsx";
import { Grid } from "../components/grid.tsx";
import { Brush, Bucket, Redo, Undo } from "../components/icons.tsx";
import { save } from "../play/export-menu.tsx";
import { openPuzzle, studioTask } from "../state/puzzle.ts";
import { go } from "../state/route.ts";
import { hashOf } from "../state/routes.ts";
import { useShortcuts } from "../state/shortcuts.ts";
import { useStore } from "../state/store.ts";
import { edit, editing, redoEdit, undoEdit } from "./draft.ts";
import { type Draft, faultOf, gridAt, newDraft, type Where } from "./editor.ts";
import { ShareButton } from "./share-button.tsx";

type Tool = "paint" | "fill";

interface GridEditorProps {
  readonly draft: Draft;
  readonly where: Where;
  readonly name: string;
  readonly tool: Tool;
  readonly colour: number;
}

function GridEditor({ draft, where, name, tool, colour }: GridEditorProps) {
  const grid = gridAt(draft, where)!;
  const [rows, columns] = [grid.length, grid[0]!.length];
  const onKey = (key: string, cells: readonly number[]): boolean => {
    if (/^\d$/.test(key)) edit({ type: "paint", where, cells, colour: Number(key) });
    else if (key === "Delete" || key === "Backspace") edit({ type: "paint", where, cells, colour: 0 });
    else return false;
    return true;
  };
  return (
    <div class="grid-editor">
      <p class="small quiet" aria-hidden="true">
        {where.side === "input" ? "Input" : "Output"}
      </p>
      <Grid
        canvas={{ shape: [rows, columns], slots: grid.flat() }}
        label={name}
        drag="cells"
        cell={44}
        room="320px"
        onCells={(cells, first) => {
          if (tool === "paint") edit({ type: "paint", where, cells, colour }, first);
          else if (first) edit({ type: "fill", where, cell: cells[0]!, colour });
        }}
        onKey={onKey}
        testid={`grid-${where.part}-${where.index}-${where.side}`}
      />
      <div class="row">
        <Stepper
          label={`Rows of ${name}`}
          value={rows}
          min={1}
          max={MAX_SIDE}
          onChange={(to) => edit({ type: "resize", where, rows: to, columns })}
        />
        <span class="small quiet by">by</span>
        <Stepper
          label={`Columns of ${name}`}
          value={columns}
          min={1}
          max={MAX_SIDE}
          onChange={(to) => edit({ type: "resize", where, rows, columns: to })}
        />
        <Button kind="plain" label={`Clear ${name}`} onClick={() => edit({ type: "clear", where })}>
          Clear
        </Button>
      </div>
    </div>
  );
}

type PairEditorProps = Pick<GridEditorProps, "draft" | "tool" | "colour"> & Pick<Where, "part" | "index">;

function PairEditor({ part, index, ...props }: PairEditorProps) {
  const { draft } = props;
  const title = part === "train" ? `Demonstration ${index + 1}` : `Test ${index + 1}`;
  const has = gridAt(draft, { part, index, side: "output" }) !== undefined;
  const copy = () => edit({ type: "copy-input", part, index });
  return (
    <li class="pair-editor">
      <div class="row apart">
        <h2>{title}</h2>
        <Button
          kind="plain"
          label={`Remove ${title}`}
          disabled={draft[part].length === 1}
          onClick={() => edit({ type: "remove", part, index })}
        >
          Remove
        </Button>
      </div>
      <div class="pair-grids">
        <GridEditor
          {...props}
          where={{ part, index, side: "input" }}
          name={`Input of ${title.toLowerCase()}`}
        />
        {has ? (
          <GridEditor
            {...props}
            where={{ part, index, side: "output" }}
            name={`Output of ${title.toLowerCase()}`}
          />
        ) : (
          <p class="small quiet">The answer is not known. The model is asked for it.</p>
        )}
      </div>
      <div class="row">
        <Button testid={`copy-${part}-${index}`} onClick={copy}>
          {has ? "Copy input to output" : "Add the answer"}
        </Button>
        {has && part === "test" && (
          <Button kind="plain" onClick={() => edit({ type: "remove-answer", part, index })}>
            Remove the answer
          </Button>
        )}
      </div>
    </li>
  );
}

export function EditorView() {
  const { draft, past, future } = useStore(editing);
  const [tool, setTool] = useState<Tool>("paint");
  const [colour, setColour] = useState(1);
  const fault = faultOf(draft);
  useShortcuts({ "mod+z": undoEdit, "mod+y": redoEdit, "mod+shift+z": redoEdit });
  const task = studioTask({ ...draft, id: draft.id.trim() });
  const open = (view: "touch" | "race") => {
    openPuzzle(task);
    go(view);
  };
  const pairs = (part: Where["part"]) =>
    draft[part].map((_, index) => (
      <PairEditor key={index} part={part} index={index} draft={draft} tool={tool} colour={colour} />
    ));
  return (
    <div class="editor">
      <div class="view-head">
        <a class="small" href={hashOf("puzzles")}>
          All puzzles
        </a>
        <h1>Draw a puzzle</h1>
        <p>Show a rule by a few demonstrations, then ask for the output of a test input.</p>
      </div>
      <div class="editor-tools">
        <Segmented
          label="Tool"
          value={tool}
          choices={[
            { value: "paint", label: "Paint", icon: <Brush />, title: "Click or drag over cells" },
            {
              value: "fill",
              label: "Fill",
              icon: <Bucket />,
              title: "All cells of one colour that hang together",
            },
          ]}
          onChange={(to) => setTool(to)}
          testid="editor-tools"
        />
        <Palette colour={colour} inUse onChange={setColour} />
        <div class="row">
          <Button icon label="Undo" disabled={past.length === 0} testid="undo" onClick={undoEdit}>
            <Undo />
          </Button>
          <Button icon label="Redo" disabled={future.length === 0} testid="redo" onClick={redoEdit}>
            <Redo />
          </Button>
          <Button kind="plain" testid="new-draft" onClick={() => edit({ type: "load", task: newDraft() })}>
            New
          </Button>
        </div>
      </div>
      <ol class="pair-editors">{pairs("train")}</ol>
      <Button
        disabled={draft.train.length >= MOST_PAIRS}
        testid="add-pair"
        onClick={() => edit({ type: "add", part: "train", index: draft.train.length })}
      >
        Add a demonstration
      </Button>
      <ol class="pair-editors">{pairs("test")}</ol>
      <Button
        disabled={draft.test.length >= MOST_PAIRS}
        testid="add-test"
        onClick={() => edit({ type: "add", part: "test", index: draft.test.length })}
      >
        Add a test input
      </Button>
      <div class="editor-end">
        <label class="field">
          <span>Name</span>
          <input
            type="text"
            maxLength={120}
            value={draft.id}
            data-testid="puzzle-id"
            onInput={(event) => edit({ type: "rename", id: event.currentTarget.value }, false)}
          />
        </label>
        <div class="row">
          <Button
            kind="primary"
            disabled={fault !== undefined}
            testid="open-touch"
            onClick={() => open("touch")}
          >
            Touch
          </Button>
          <Button disabled={fault !== undefined} testid="open-race" onClick={() => open("race")}>
            Race
          </Button>
          <ShareButton task={task} disabled={fault !== undefined} />
          <Button
            disabled={fault !== undefined}
            testid="download"
            onClick={() => {
              const { id, ...content } = task;
              save(`${id}.json`, `${JSON.stringify(content)}\n`, "application/json");
            }}
          >
            Save as file
          </Button>
        </div>
        {fault && (
          <p class="small quiet" data-testid="fault">
            {fault}
          </p>
        )}
      </div>
    </div>
  );
}
