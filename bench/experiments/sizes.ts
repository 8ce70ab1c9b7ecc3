// How often rules tell an answer's size, and how often they are right: those that explain every side, and, where there is
// none, those of content.
//
//   npx tsx bench/experiments/sizes.ts --data PATH,PATH
//
// Besides the tasks of the given paths: 470 fresh puzzles, easy and medium.
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { sizeByContent } from "../../src/arc/content-sizes.ts";
import { height, width } from "../../src/arc/grid.ts";
import { sizeByRule } from "../../src/arc/size-rules.ts";
import { readTasks } from "../../src/datasets/index.ts";
import { freshPuzzles, knownPuzzles, type Puzzle } from "../../src/evaluate/puzzle-sets.ts";
import { trainedFamilies } from "../../src/puzzles/index.ts";
import { table } from "../statistics.ts";

const { values } = parseArgs({ options: { data: { type: "string", default: "" } } });
const sets: [string, Puzzle[]][] = [
  ["easy puzzles", freshPuzzles(trainedFamilies, ["easy"], 470, 99)],
  ["medium puzzles", freshPuzzles(trainedFamilies, ["medium"], 470, 99)],
];
for (const path of values.data.split(",").filter(Boolean))
  sets.push([basename(path), knownPuzzles(await readTasks([path]), undefined, 1, 1)]);

const rows = sets.map(([name, puzzles]) => {
  const count = { rule: 0, ruleRight: 0, content: 0, contentRight: 0 };
  for (const { task, test, answer } of puzzles) {
    const byRule = sizeByRule(task, test);
    const size = byRule ?? sizeByContent(task, test);
    if (!size) continue;
    const right = Number(size.rows === height(answer) && size.columns === width(answer));
    if (byRule) {
      count.rule++;
      count.ruleRight += right;
    } else {
      count.content++;
      count.contentRight += right;
    }
  }
  const { rule, ruleRight, content, contentRight } = count;
  return [name, String(puzzles.length), `${ruleRight} of ${rule}`, `${contentRight} of ${content}`];
});
console.log(table(["test inputs", "in all", "right by rules", "right by content, where no rule is"], rows));
