/** Exit codes of the command. */
export const EXIT = { done: 0, failed: 1, refused: 2, interrupted: 130 } as const;
