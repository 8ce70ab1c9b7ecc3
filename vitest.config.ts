import { defineConfig } from "vitest/config";

const WEBGPU = "src/**/*webgpu.test.ts";

export default defineConfig({
  test: {
    testTimeout: 120_000,
    pool: "forks",
    projects: [
      {
        extends: true,
        test: { name: "cpu", include: ["src/**/*.test.ts", "bench/**/*.test.ts"], exclude: [WEBGPU] },
      },
      {
        extends: true,
        // A software driver takes every core: after all else, one file after another.
        test: { name: "webgpu", include: [WEBGPU], maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
