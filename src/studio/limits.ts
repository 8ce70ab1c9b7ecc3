/** The most demonstrations and test inputs of a task that the studio takes. */
export const MOST_PAIRS = 12;
