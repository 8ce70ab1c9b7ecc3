/** Reads files out of tar and zip archives, one after the other. Nothing is written by a name in an archive. */
import { basename } from "node:path";
import { crc32 } from "node:zlib";
import { JigsawError } from "../core/errors.ts";

export type Kind = "tar.gz" | "zip";

/** The largest file that is read out of an archive: a task has kilobytes, RE-ARC's lists a few megabytes. */
const MOST_BYTES = 64 * 2 ** 20;

/** Is given each wanted file: the match of its path, and its bytes. */
export type Take = (match: RegExpExecArray, bytes: Buffer) => Promise<void>;

const damaged = (path: string, what: string): JigsawError =>
  new JigsawError("io", `${basename(path)}: damaged or incomplete archive: ${what}`, "Fetch it again.");

function checkSize(path: string, name: string, size: number): void {
  if (size > MOST_BYTES) throw damaged(path, `${name} is said to have ${size} bytes`);
}

async function readTar(path: string, wanted: RegExp, take: Take): Promise<void> {
  const { list } = await import("tar");
  const taken: Promise<void>[] = [];
  const onReadEntry: NonNullable<Parameters<typeof list>[0]>["onReadEntry"] = (entry) => {
    const match = entry.type === "File" ? wanted.exec(entry.path) : null;
    if (!match) return;
    checkSize(path, entry.path, entry.size);
    const done = entry.concat().then((bytes) => take(match, bytes));
    // Awaited below; until then a failure is not unhandled.
    done.catch(() => {});
    taken.push(done);
  };
  try {
    await list({ file: path, strict: true, onReadEntry });
    await Promise.all(taken);
  } finally {
    await Promise.allSettled(taken);
  }
}

async function readZip(path: string, wanted: RegExp, take: Take): Promise<void> {
  const { openPromise } = (await import("yauzl")).default;
  const zip = await openPromise(path);
  try {
    for await (const entry of zip.eachEntry()) {
      const match = wanted.exec(entry.fileName);
      if (!match) continue;
      checkSize(path, entry.fileName, entry.uncompressedSize);
      const parts: Buffer[] = [];
      for await (const part of await zip.openReadStreamPromise(entry)) parts.push(part);
      const bytes = Buffer.concat(parts);
      if (crc32(bytes) !== entry.crc32) throw damaged(path, `${entry.fileName} does not fit its checksum`);
      await take(match, bytes);
    }
  } finally {
    zip.close();
  }
}

/** Gives `take` every file of an archive whose path matches `wanted`. A damaged archive is refused. */
export async function readArchive(path: string, kind: Kind, wanted: RegExp, take: Take): Promise<void> {
  try {
    await (kind === "zip" ? readZip : readTar)(path, wanted, take);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Errors of the disk have codes like ENOSPC; those of the archive's format others, or none.
    if (error instanceof JigsawError || /^E[A-Z]+$/.test(code ?? "")) throw error;
    throw damaged(path, message);
  }
}
