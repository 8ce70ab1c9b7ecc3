// The page: `vite build src/studio/web`. Everything is relative, so that it works from any folder of any server.
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
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
