// An engine that counts: what runs, and what is kept and not yet freed.
import type { Engine } from "./engine.ts";

export interface Counts {
  /** Runs begun. */
  runs: number;
  /** Programs compiled and not released. */
  programs: number;
  /** Tensors kept and not freed. */
  readonly kept: Set<number>;
  /** Called when a run begins, with its number from 1. */
  onRun?: (run: number) => void;
}

export function countingEngine(engine: Engine): { engine: Engine; counts: Counts } {
  const counts: Counts = { runs: 0, programs: 0, kept: new Set() };
  const counting: Engine = {
    ...engine,
    async compile(...args) {
      const program = await engine.compile(...args);
      counts.programs++;
      return program;
    },
    async run(...args) {
      counts.runs++;
      counts.onRun?.(counts.runs);
      const result = await engine.run(...args);
      for (const { handle } of Object.values(result.onDevice)) counts.kept.add(handle);
      return result;
    },
    async free(tensors) {
      const handles = [...tensors];
      for (const { handle } of handles) counts.kept.delete(handle);
      await engine.free(handles);
    },
    async release(program) {
      await engine.release(program);
      counts.programs--;
    },
  };
  return { engine: counting, counts };
}
