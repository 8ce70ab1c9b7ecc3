// All puzzles at hand: the families that Jigsaw draws, folders of the server, a file with many.
import { useEffect, useMemo, useState } from "preact/hooks";
import { families } from "../../../puzzles/index.ts";
import type { Level } from "../../../puzzles/index.ts";
import type { TaskSummary } from "../../protocol.ts";
import { Button, Segmented, Select } from "../components/controls.tsx";
import { hashOf, type Route } from "../routes.ts";
import { backend, useAbout } from "../state/backend.ts";
import { go } from "../state/route.ts";
import { useStore } from "../state/store.ts";
import { dropped } from "./dropped.ts";
import { drawn, LEVELS, levelOf, paramsOf, seedOf } from "./source.ts";
import { Tile } from "./tile.tsx";

const SIDES: Readonly<Record<Level, string>> = {
  easy: "3 to 6 cells a side",
  medium: "6 to 12 cells a side",
  hard: "12 to 20 cells a side",
};

function Families({ params }: { readonly params: Route["params"] }) {
  const level = levelOf(params.level);
  const seed = seedOf(params.seed);
  return (
    <>
      <div class="row gallery-controls">
        <Segmented
          label="Level"
          value={level}
          choices={LEVELS.map((value) => ({ value, label: value, title: SIDES[value] }))}
          onChange={(value) => go("puzzles", { level: value, seed: String(seed) })}
          testid="level"
        />
        <span class="small quiet">{SIDES[level]}</span>
        <Button
          kind="plain"
          onClick={() => go("puzzles", { level, seed: String(Math.floor(Math.random() * 1e6)) })}
        >
          Draw others
        </Button>
      </div>
      <ul class="tiles">
        {Object.values(families).map(({ name, idea, ...family }) => {
          const key = { family: name, level, seed, index: 0 };
          return (
            <Tile
              key={name}
              href={hashOf("puzzles", paramsOf(key))}
              title={name}
              about={idea}
              note={"heldOut" in family ? "no model was trained on it" : undefined}
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

function Folder({ name }: { readonly name: string }) {
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
  if (tasks instanceof Error) return <p class="bad">{tasks.message}</p>;
  if (!tasks) return <p class="waiting">Loading</p>;
  const found = matching(tasks, text);
  return (
    <>
      <div class="row gallery-controls">
        <label class="field search">
          <span class="unseen">Find by name</span>
          <input
            type="search"
            placeholder="Find by name"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <span class="small quiet">
          {found.length} of {tasks.length}
        </span>
      </div>
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

function DroppedFile() {
  const file = useStore(dropped);
  if (!file) return <p class="quiet">The file is gone since the page was loaded anew. Drop it once more.</p>;
  return (
    <ul class="tiles">
      {file.tasks.map((task) => (
        <Tile
          key={task.id}
          href={hashOf("puzzles", { from: "file", id: task.id })}
          title={task.id}
          load={async () => task}
        />
      ))}
    </ul>
  );
}

export function Gallery({ params }: { readonly params: Route["params"] }) {
  const about = useAbout();
  const file = useStore(dropped);
  const sources = useMemo(() => {
    const folders = about && !(about instanceof Error) ? about.folders : [];
    return [
      { value: "families", label: `Drawn by Jigsaw: ${Object.keys(families).length} families` },
      ...folders.map((name) => ({ value: `folder:${name}`, label: `Folder ${name}` })),
      ...(file ? [{ value: "file", label: `File ${file.name}` }] : []),
    ];
  }, [about, file]);
  const source = params.folder ? `folder:${params.folder}` : params.from === "file" ? "file" : "families";
  return (
    <section aria-label="Gallery" class="gallery">
      {sources.length > 1 && (
        <div class="source">
          <Select
            label="From"
            value={source}
            choices={sources}
            onChange={(value) =>
              value === "families"
                ? go("puzzles")
                : value === "file"
                  ? go("puzzles", { from: "file" })
                  : go("puzzles", { folder: value.slice("folder:".length) })
            }
            testid="source"
          />
        </div>
      )}
      {source === "file" ? <DroppedFile /> : params.folder ? <Folder name={params.folder} /> : <Families params={params} />}
    </section>
  );
}
