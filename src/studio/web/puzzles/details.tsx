// One puzzle, with all its pairs, and what can be done with it.
import { useEffect, useState } from "preact/hooks";
import type { StudioTask } from "../../shared/tasks.ts";
import { Button } from "../components/controls.tsx";
import { PairPictures } from "../play/demonstrations.tsx";
import { backend } from "../state/backend.ts";
import { openPuzzle } from "../state/puzzle.ts";
import { drawn, familyKeyOf, paramsOf } from "../state/puzzle-source.ts";
import { go } from "../state/route.ts";
import { hashOf, type Route } from "../state/routes.ts";
import { editCopy } from "./draft.ts";
import { dropped } from "./dropped.ts";
import { ShareButton } from "./share-button.tsx";

async function load(params: Route["params"]): Promise<StudioTask> {
  const key = familyKeyOf(params);
  if (key) return drawn(key);
  if (params.from === "file") {
    const found = dropped.get()?.tasks.find(({ id }) => id === params.id);
    if (found) return found;
    throw new Error("The file is gone since the page was loaded anew. Drop it once more.");
  }
  return (await backend()).task(params.folder!, params.id!);
}

/** Where the gallery that it came from is. */
const galleryOf = ({ family, level, seed, folder, from }: Route["params"]): string =>
  hashOf("puzzles", {
    ...(family && level && { level }),
    ...(family && seed && { seed }),
    ...(folder && { folder }),
    ...(from && { from }),
  });

/** Whether the address names one puzzle. */
export const isDetails = (params: Route["params"]): boolean =>
  Boolean(familyKeyOf(params) || (params.id && (params.folder || params.from)));

/** One puzzle, with what can be done with it. */
export function Details({ params }: { readonly params: Route["params"] }) {
  const [task, setTask] = useState<StudioTask | Error>();
  useEffect(() => {
    let current = true;
    load(params).then(
      (found) => current && setTask(found),
      (error: Error) => current && setTask(error),
    );
    return () => {
      current = false;
    };
  }, [params]);
  if (!task) return <p class="waiting">Loading</p>;
  if (task instanceof Error) return <p class="bad">{task.message}</p>;
  const key = familyKeyOf(params);
  const open = (view: "touch" | "race") => {
    openPuzzle(task);
    go(view);
  };
  return (
    <article class="details">
      <div class="view-head">
        <a class="small" href={galleryOf(params)}>
          All puzzles
        </a>
        <h1 data-testid="puzzle-title">{task.id}</h1>
      </div>
      <div class="row">
        <Button kind="primary" testid="open-touch" onClick={() => open("touch")}>
          Touch
        </Button>
        <Button testid="open-race" onClick={() => open("race")}>
          Race
        </Button>
        <Button
          testid="edit-copy"
          onClick={() => {
            editCopy(task);
            go("puzzles", { edit: "1" });
          }}
        >
          Edit a copy
        </Button>
        <ShareButton task={task} />
        {key && (
          <Button
            kind="plain"
            testid="next-like-it"
            onClick={() => go("puzzles", paramsOf({ ...key, index: key.index + 1 }))}
          >
            Another of this kind
          </Button>
        )}
      </div>
      <section aria-labelledby="shown">
        <h2 id="shown">Demonstrations</h2>
        <ol class="details-pairs">
          {task.train.map(({ input, output }, i) => (
            <li key={i}>
              <PairPictures
                input={input}
                output={output}
                name={`demonstration ${i + 1}`}
                most={220}
                side={30}
              />
            </li>
          ))}
        </ol>
      </section>
      <section aria-labelledby="asked">
        <h2 id="asked">Test</h2>
        <ol class="details-pairs">
          {task.test.map(({ input, output }, i) => (
            <li key={i}>
              <PairPictures input={input} output={output} name={`test ${i + 1}`} most={220} side={30} />
            </li>
          ))}
        </ol>
      </section>
    </article>
  );
}
