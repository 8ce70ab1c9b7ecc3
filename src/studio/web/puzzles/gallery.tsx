// All puzzles at hand: the families that Jigsaw draws, folders of the server, a file with many.
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { families, type Level } from "../../../puzzles/index.ts";
import type { TaskSummary } from "../../shared/tasks.ts";
import { Button, Segmented, Select } from "../components/controls.tsx";
import { backend, useAbout } from "../state/backend.ts";
import { drawn, LEVELS, levelOf, paramsOf, seedOf } from "../state/puzzle-source.ts";
import { go } from "../state/route.ts";
import { hashOf, type Route } from "../state/routes.ts";
import { useStore } from "../state/store.ts";
import { dropped } from "./dropped.ts";
import { OpenFile } from "./open-button.tsx";
import { Tile } from "./puzzle-tile.tsx";

const SIDES: Readonly<Record<Level, string>> = {
  easy: "3 to 6 cells a side",
  medium: "6 to 12 cells a side",
  hard: "12 to 20 cells a side",
};

type Params = Route["params"];

/** "families", "file" or "folder:NAME". */
const sourceOf = ({ folder, from }: Params): string =>
  folder ? `folder:${folder}` : from === "file" ? "file" : "families";

function goTo(source: string): void {
  if (source === "families") go("puzzles");
  else if (source === "file") go("puzzles", { from: "file" });
  else go("puzzles", { folder: source.slice("folder:".length) });
}

function SourceChoice({ params }: { readonly params: Params }) {
  const about = useAbout();
  const file = useStore(dropped);
  const choices = useMemo(() => {
    const folders = about && !(about instanceof Error) ? about.folders : [];
    return [
      { value: "families", label: `${Object.keys(families).length} families, drawn here` },
      ...folders.map((name) => ({ value: `folder:${name}`, label: `Folder ${name}` })),
      ...(file ? [{ value: "file", label: `File ${file.name}` }] : []),
    ];
  }, [about, file]);
  return (
    <div class="source">
      <Select label="From" bare value={sourceOf(params)} choices={choices} onChange={goTo} testid="source" />
    </div>
  );
}

interface BarProps {
  readonly params: Params;
  readonly children?: ComponentChildren;
}

/** Where the puzzles come from, and what narrows them down. */
const Bar = ({ params, children }: BarProps) => (
  <div class="gallery-bar">
    <SourceChoice params={params} />
    {children}
    <div class="row puzzle-actions">
      <OpenFile />
      <a class="button" href={hashOf("puzzles", { edit: "1" })} data-testid="draw">
        Draw your own
      </a>
    </div>
  </div>
);

function Families({ params }: { readonly params: Params }) {
  const level = levelOf(params.level);
  const seed = seedOf(params.seed);
  return (
    <>
      <Bar params={params}>
        <Segmented
          label="Level"
          value={level}
          choices={LEVELS.map((value) => ({ value, label: value, title: SIDES[value] }))}
          onChange={(value) => go("puzzles", { level: value, seed: String(seed) })}
          testid="level"
        />
        <Button
          testid="draw-others"
          onClick={() => go("puzzles", { level, seed: String(Math.floor(Math.random() * 1e6)) })}
        >
          Draw others
        </Button>
      </Bar>
      <ul class="tiles">
        {Object.values(families).map(({ name, idea, ...family }) => {
          const key = { family: name, level, seed, index: 0 };
          return (
            <Tile
              key={name}
              href={hashOf("puzzles", paramsOf(key))}
              title={name}
              about={idea}
              note={"heldOut" in family ? "No model was trained on it." : undefined}
              load={async () => drawn(key)}
            />
          );
        })}
      </ul>
    </>
  );
}

/** Ids that hold what was typed. */
const matching = (tasks: readonly TaskSummary[], text: string): readonly TaskSummary[] =>
  tasks.filter(({ id }) => id.toLowerCase().includes(text.trim().toLowerCase()));

function Folder({ params }: { readonly params: Params }) {
  const name = params.folder!;
  const [tasks, setTasks] = useState<readonly TaskSummary[] | Error>();
  const [text, setText] = useState("");
  useEffect(() => {
    let current = true;
    setTasks(undefined);
    backend()
      .then((one) => one.tasks(name))
      .then(
        (found) => current && setTasks(found),
        (error: Error) => current && setTasks(error),
      );
    return () => {
      current = false;
    };
  }, [name]);
  const found = Array.isArray(tasks) ? matching(tasks, text) : [];
  return (
    <>
      <Bar params={params}>
        <label class="field search">
          <span class="unseen">Find by name</span>
          <input
            type="search"
            placeholder="Find by name"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        {Array.isArray(tasks) && (
          <span class="small quiet">
            {found.length} of {tasks.length}
          </span>
        )}
      </Bar>
      {tasks instanceof Error && <p class="bad">{tasks.message}</p>}
      {!tasks && <p class="waiting">Loading</p>}
      <ul class="tiles">
        {found.map(({ id, rows, columns, demonstrations }) => (
          <Tile
            key={id}
            href={hashOf("puzzles", { folder: name, id })}
            title={id}
            about={`${rows} by ${columns}, ${demonstrations} ${demonstrations === 1 ? "demonstration" : "demonstrations"}`}
            load={async () => (await backend()).task(name, id)}
          />
        ))}
      </ul>
    </>
  );
}

function DroppedFile({ params }: { readonly params: Params }) {
  const file = useStore(dropped);
  return (
    <>
      <Bar params={params} />
      {!file && <p class="quiet">The file is gone since the page was loaded anew. Drop it once more.</p>}
      <ul class="tiles">
        {file?.tasks.map((task) => (
          <Tile
            key={task.id}
            href={hashOf("puzzles", { from: "file", id: task.id })}
            title={task.id}
            load={async () => task}
          />
        ))}
      </ul>
    </>
  );
}

/** The puzzles of the source that the address names. */
export function Gallery({ params }: { readonly params: Params }) {
  const From = params.folder ? Folder : params.from === "file" ? DroppedFile : Families;
  return (
    <section aria-label="Gallery" class="gallery">
      <From params={params} />
    </section>
  );
}
