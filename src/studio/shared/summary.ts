import type { StudioTask, TaskSummary } from "./protocol.ts";

export const summaryOf = ({ id, train, test }: StudioTask): TaskSummary => ({
  id,
  rows: test[0]!.input.length,
  columns: test[0]!.input[0]!.length,
  demonstrations: train.length,
});
