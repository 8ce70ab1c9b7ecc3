// The page: `vite build src/studio/web`. Everything is relative, so that it works from any folder of any server.
import { tsImport } from "tsx/esm/api";
import { defineConfig, type Plugin } from "vite";

/** What a page tells of decoders is written into it as data; decoders and their schemas are in its worker alone. */
const decodersAsData: Plugin = {
  name: "decoders-as-data",
  load: {
    filter: { id: /[\\/]studio[\\/]shared[\\/]about\.ts$/ },
    // Through tsx, since Node 20 knows no `await using`.
    async handler() {
      const { aboutDecoders } = await tsImport("../shared/about.ts", import.meta.url);
      return `export const aboutDecoders = () => (${JSON.stringify(aboutDecoders())});`;
    },
  },
};

/** Shared chunks are called by all who share them: "shared~view~trace". */
const fileName = (name: string, extension = ".js") => `assets/${name.replace(/~.*/s, "")}-[hash]${extension}`;

export default defineConfig({
  base: "./",
  plugins: [decodersAsData],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  build: {
    outDir: "../../../dist/studio/web",
    emptyOutDir: true,
    target: "es2023",
    // A preloaded stylesheet or chunk of another view would be fetched before the first paint.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "first", tags: ["$initial"], priority: 1 },
            // What several views use, in few files: each file costs a request, and small ones pack badly.
            { name: "shared", minShareCount: 2, entriesAware: true, entriesAwareMergeThreshold: 4000 },
          ],
        },
        chunkFileNames: ({ name }) => fileName(name),
        assetFileNames: ({ names: [name = ""] }) => fileName(name.replace(/\.[^.]*$/, ""), "[extname]"),
      },
    },
  },
});
