// The puzzle that the page opens with, written out, so that nothing has to be fetched before the first paint.
import type { StudioTask } from "../../protocol.ts";

export const FIRST_PUZZLE: StudioTask = {
  id: "logic-easy-2026-0",
  train: [
    {
      input: [
        [9, 0, 0, 0],
        [9, 0, 0, 9],
        [1, 1, 1, 1],
        [3, 3, 3, 0],
        [3, 3, 0, 0],
      ],
      output: [
        [0, 5, 5, 0],
        [0, 5, 0, 5],
      ],
    },
    {
      input: [
        [9, 0, 9, 0, 9, 0],
        [0, 0, 0, 9, 9, 0],
        [2, 2, 2, 2, 2, 2],
        [6, 0, 0, 6, 0, 0],
        [6, 0, 6, 0, 6, 6],
      ],
      output: [
        [0, 0, 5, 5, 5, 0],
        [5, 0, 5, 5, 0, 5],
      ],
    },
    {
      input: [
        [0, 4, 0],
        [0, 4, 0],
        [6, 6, 6],
        [7, 7, 0],
        [7, 0, 7],
      ],
      output: [
        [5, 0, 0],
        [5, 5, 5],
      ],
    },
  ],
  test: [
    {
      input: [
        [1, 1, 1, 0, 0, 1],
        [1, 1, 0, 1, 1, 1],
        [8, 8, 8, 8, 8, 8],
        [7, 7, 7, 7, 7, 0],
        [7, 0, 0, 7, 0, 7],
      ],
      output: [
        [0, 0, 0, 5, 5, 5],
        [0, 5, 0, 0, 5, 0],
      ],
    },
  ],
};
