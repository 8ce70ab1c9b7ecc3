// Whether two machines have the same model. Node only.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { currentFile, ioError } from "../../files/atomic.ts";
import { digestOfAll } from "../../hub/content.ts";

/** The files that a model's answers depend on. */
const DECISIVE = /^(?:config\.json|tokenizer\.json|.*\.safetensors)$/;

/** SHA-256 of a model's folder: of its configuration, tokenizer and weights. */
export async function modelChecksum(folder: string): Promise<string> {
  try {
    const digests = new Map<string, string>();
    for (const name of await readdir(folder)) {
      if (!DECISIVE.test(name)) continue;
      const hash = createHash("sha256");
      await pipeline(createReadStream(await currentFile(folder, name)), hash);
      digests.set(name, hash.digest("hex"));
    }
    return digestOfAll(digests);
  } catch (error) {
    throw ioError(error, `cannot read the model in ${folder}`);
  }
}
