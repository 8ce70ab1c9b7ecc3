import { defineConfig } from "vitest/config";

const WEBGPU = "src/**/*webgpu.test.ts";

/**
 * Left out by `npm run test:fast`: browsers, commands as processes (some are killed), servers under attack, shipped
 * models, and the longest comparisons of decoders and training.
 */
const SLOW = [
  "src/**/e2e/*.test.ts",
  "src/**/{shipped,fuzz,library,stopping,training-agrees}.test.ts",
  "src/cli/{adapt,arena,doctor,eval,export,fault,harness,kill,pull,run,studio,train}.test.ts",
  "src/cluster/*.test.ts",
  "bench/**/*.test.ts",
];

export default defineConfig({
  test: {
    testTimeout: 120_000,
    pool: "forks",
    projects: [
      {
        extends: true,
        test: { name: "fast", include: ["src/**/*.test.ts"], exclude: [WEBGPU, ...SLOW] },
      },
      { extends: true, test: { name: "slow", include: SLOW, exclude: [WEBGPU] } },
      {
        extends: true,
        // A software driver takes every core: after all else, one file after another.
        test: { name: "webgpu", include: [WEBGPU], maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
