/** The most demonstrations and test inputs of a task that the studio takes. */
export const MOST_PAIRS = 12;

/** The longest name of a task, in UTF-16 units. */
export const MOST_ID = 120;
