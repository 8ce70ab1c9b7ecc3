// The page: `vite build src/studio/web`. Everything is relative, so that it works from any folder of any server.
import { defineConfig, type Plugin } from "vite";
import { aboutDecoders } from "../about.ts";

/** What a page tells of decoders is written into it as data; decoders and their schemas are in its worker alone. */
const decodersAsData: Plugin = {
  name: "decoders-as-data",
  load: {
    filter: { id: /\/studio\/about\.ts$/ },
    handler: () => `export const aboutDecoders = () => (${JSON.stringify(aboutDecoders())});`,
  },
};

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
  },
});
