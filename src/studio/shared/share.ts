// A puzzle as text that fits into a link: digits, deflated, in letters that need no escape. Runs in Node and in browsers.
import type { Grid } from "../../arc/grid.ts";
import { JigsawError } from "../../core/errors.ts";
import { deflate, inflate } from "./deflate.ts";
import { checkStudioTask, type StudioTask } from "./tasks.ts";

/** ServerEvent apart from what later versions may write. */
const VERSION = "1";

/** The largest task that the schema lets pass takes less than this, in characters before deflating. */
const MOST_BYTES = 1 << 16;
/** What cannot be deflated grows a little, and base64 needs four letters for three bytes. */
const MOST_LETTERS = Math.ceil((MOST_BYTES + 64) / 3) * 4;

const writeGrid = (grid: Grid): string => grid.map((row) => row.join("")).join("/");
const readGrid = (text: string): number[][] =>
  text.split("/").map((row) => Array.from(row, (digit) => (/\d/.test(digit) ? Number(digit) : -1)));

/** The id, then a line for each pair; those of the test begin with "?". */
const writeTask = ({ id, train, test }: StudioTask): string =>
  [
    JSON.stringify(id),
    ...train.map(({ input, output }) => `${writeGrid(input)}>${writeGrid(output)}`),
    ...test.map(({ input, output }) => `?${writeGrid(input)}${output ? `>${writeGrid(output)}` : ""}`),
  ].join("\n");

/** What may be a task. */
interface Unchecked {
  readonly id: unknown;
  readonly train: unknown;
  readonly test: unknown;
}

function readTask(text: string): Unchecked {
  const [id, ...lines] = text.split("\n");
  const pairOf = (line: string) => {
    const [input, output] = line.split(">");
    return { input: readGrid(input!), ...(output !== undefined && { output: readGrid(output) }) };
  };
  return {
    id: JSON.parse(id!),
    train: lines.filter((line) => !line.startsWith("?")).map(pairOf),
    test: lines.filter((line) => line.startsWith("?")).map((line) => pairOf(line.slice(1))),
  };
}

const toLetters = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const fromLetters = (letters: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(letters.replaceAll("-", "+").replaceAll("_", "/")), (byte) => byte.charCodeAt(0));

const bad = (
  why: string,
  hint = "Ask for the link again: a part of it may have been lost on the way.",
): JigsawError => new JigsawError("bad-task", `the link's puzzle ${why}`, hint);

function check(task: Unchecked): StudioTask {
  try {
    return checkStudioTask(task, task.id);
  } catch (error) {
    throw bad(`is none: ${(error as JigsawError).message}`);
  }
}

/**
 * The task as text of letters, digits, "-" and "_".
 * @throws JigsawError "bad-task" for a task that the studio does not take
 */
export async function encodeTask(task: StudioTask): Promise<string> {
  const bytes = new TextEncoder().encode(writeTask(check(task)));
  return VERSION + toLetters(await deflate(bytes, "deflate-raw"));
}

/** @throws JigsawError "bad-task" for text that holds no task, or one that the studio does not take */
export async function decodeTask(text: string): Promise<StudioTask> {
  if (text.length > MOST_LETTERS) throw bad(`is ${text.length} letters long, more than ${MOST_LETTERS}`);
  if (/^[02-9]/.test(text)) {
    throw bad(`is written in version ${text[0]}, which is not known here`, "Open it with a newer Jigsaw.");
  }
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  try {
    bytes = await inflate(fromLetters(text.slice(1)), "deflate-raw", MOST_BYTES);
  } catch {
    throw bad("cannot be read");
  }
  if (!bytes) throw bad(`is larger than ${MOST_BYTES} bytes`);
  let value: Unchecked;
  try {
    value = readTask(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw bad("cannot be read");
  }
  return check(value);
}
