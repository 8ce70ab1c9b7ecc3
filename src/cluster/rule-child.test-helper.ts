// A child process that solves by a rule, or misbehaves as a task's id tells.
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { JigsawError } from "../core/errors.ts";
import { byRule } from "../evaluate/answers.test-helper.ts";
import { serveTasks } from "./pool-child.ts";

serveTasks(async ({ model }) => {
  if (model === "none") throw new JigsawError("not-found", 'no model "none"', "Name one.");
  // A file by which tries know of each other.
  const once = (file: string) => {
    const first = !existsSync(file);
    writeFileSync(file, "");
    return first;
  };
  return {
    device: `${model} ${process.pid}`,
    async solve(task) {
      const [how, file = ""] = task.id.split(" ");
      if (how === "die" || (how === "die-once" && once(file))) process.kill(process.pid, "SIGKILL");
      if (how === "throw") throw new Error("a fault");
      if (how === "refuse") throw new JigsawError("unsupported", "another objective", "Take another model.");
      if (how === "slow" || how === "die") await sleep(Number(file) || 10_000);
      if (task.test.some((test) => "output" in test)) throw new Error("it was shown the answer");
      return byRule(task);
    },
  };
});
