// The races to start with, and a fresh puzzle for whoever has seen them.
import { families, type Level, levels } from "../../../puzzles/index.ts";
import { Button } from "../components/controls.tsx";
import { drawn } from "../state/puzzle-source.ts";
import { useStore } from "../state/store.ts";
import { chosenRaces } from "./chosen.ts";
import { put, race } from "./race-store.ts";

const pick = <T,>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!;

function freshPuzzle() {
  const level: Level = pick((Object.keys(levels) as Level[]).filter((name) => name !== "hard"));
  return drawn({
    family: pick(Object.keys(families)),
    level,
    seed: Math.floor(Math.random() * 1e6),
    index: 0,
  });
}

/** The list of chosen races, and a button for a fresh puzzle. */
export function ChosenRaces() {
  const { caption, lanes } = useStore(race);
  return (
    <section class="chosen" aria-labelledby="chosen">
      <div class="row apart">
        <h2 id="chosen" class="puzzle-name">
          Races to start with
        </h2>
      </div>
      <ul>
        {chosenRaces.map((chosen) => (
          <li key={chosen.title}>
            <button
              type="button"
              aria-current={chosen.caption === caption ? "true" : undefined}
              data-testid="chosen-race"
              onClick={() => put({ task: drawn(chosen.puzzle), test: 0 }, chosen.entries, chosen.caption)}
            >
              <strong>{chosen.title}</strong>
              <span class="quiet">{chosen.entries.map(({ decoder }) => decoder).join(", ")}</span>
            </button>
          </li>
        ))}
      </ul>
      <div>
        <Button testid="random" onClick={() => put({ task: freshPuzzle(), test: 0 }, lanes, "")}>
          A fresh puzzle
        </Button>
      </div>
    </section>
  );
}
