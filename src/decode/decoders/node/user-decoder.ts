// Decoders in files of users' own: "./mine.js:threshold=0.9@runs/mine" names one as "steps:steps=5" names a shipped one.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { JigsawError } from "../../../core/errors.ts";
import { ioError } from "../../../files/atomic.ts";
import { sha256 } from "../../../hub/content.ts";
import { type Decoder, isDecoder } from "../../define.ts";
import { decoders } from "../index.ts";

export interface KnownDecoders {
  /** The shipped decoders by name, and the users' by path: for `parseDecoder`. */
  readonly known: Readonly<Record<string, Decoder>>;
  /** SHA-256 of each user's file by path; undefined where there is none. */
  readonly sha256: Readonly<Record<string, string>> | undefined;
}

/** This copy of the package. */
const PACKAGE = fileURLToPath(new URL("../../../../", import.meta.url));

const bad = (path: string, why: string, hint: string): JigsawError =>
  new JigsawError("bad-option", `decoder ${path}: ${why}`, hint);

const isPath = (name: string): boolean => /^\.{0,2}\/|\.(?:m?js|ts)$/.test(name);

/** An error of the import, with what to do about it. */
function importError(path: string, error: unknown): JigsawError {
  const { code } = Object(error) as NodeJS.ErrnoException;
  const message = error instanceof Error ? error.message : String(error);
  if (code === "ERR_UNKNOWN_FILE_EXTENSION" && path.endsWith(".ts"))
    return bad(
      path,
      `Node ${process.versions.node} does not import TypeScript`,
      "Use Node 22.18 or newer, set NODE_OPTIONS='--import tsx', or compile the file to .js.",
    );
  if (code === "ERR_MODULE_NOT_FOUND" || code === "ERR_PACKAGE_PATH_NOT_EXPORTED")
    return bad(
      path,
      message,
      `Packages are looked for where the file is: install jigsaw-lm there ("npm install ${PACKAGE}").`,
    );
  return bad(path, `its import failed: ${message}`, `"node ${path}" shows where.`);
}

/** The default export where that is a decoder, else the only exported decoder. */
function exportedDecoder(path: string, module: Readonly<Record<string, unknown>>): Decoder {
  if (isDecoder(module.default)) return module.default;
  const found = [...new Set(Object.values(module).filter(isDecoder))];
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    throw bad(
      path,
      `it exports several decoders: ${found.map(({ name }) => name).join(", ")}`,
      "Export the one that is meant as default.",
    );
  const foreign = Object.values(module).some((one) => typeof Object(one).decode === "function");
  if (foreign)
    throw bad(
      path,
      "its decoder was not made by defineDecoder of the jigsaw-lm that runs here",
      `Import from this copy: "npm install ${PACKAGE}" where the file is, or run the copy installed there ("npx jigsaw").`,
    );
  throw bad(path, "it exports no decoder", "Write: export default defineDecoder({ ... });");
}

/** Imports the decoder of a file. */
async function importDecoder(path: string): Promise<{ decoder: Decoder; sha256: string }> {
  const text = await readFile(path).catch((error) => {
    throw ioError(error, `decoder ${path}`);
  });
  const module = await import(pathToFileURL(resolve(path)).href).catch((error) => {
    throw importError(path, error);
  });
  return { decoder: exportedDecoder(path, module), sha256: sha256(text) };
}

/**
 * The decoders that `NAME[:OPTION=VALUE]...[@MODEL],...` can name: the shipped ones, and those whose name is a path (it
 * begins with ./, ../ or /, or ends in .js, .mjs or .ts), imported. Paths hold no comma, colon or @.
 * @throws JigsawError "not-found" where there is no such file, "bad-option" where it does not export one decoder
 */
export async function knownDecoders(words: string): Promise<KnownDecoders> {
  const names = words.split(",").map((word) => word.split(/[:@]/)[0]!.trim());
  const paths = [...new Set(names.filter(isPath))];
  const found = await Promise.all(paths.map(async (path) => [path, await importDecoder(path)] as const));
  const own = Object.fromEntries(found.map(([path, { decoder }]) => [path, decoder]));
  const hashes = Object.fromEntries(found.map(([path, { sha256 }]) => [path, sha256]));
  return { known: { ...decoders, ...own }, sha256: paths.length ? hashes : undefined };
}
