import { defineConfig } from "vitest/config";

const WEBGPU = "src/**/*webgpu.test.ts";

/**
 * Left out by `npm run test:fast`: browsers, commands as processes (some are killed), servers, shipped models, public
 * data, and the longest comparisons of models, decoders and training.
 */
const SLOW = [
  "src/**/e2e/*.test.ts",
  "src/{library,web}.test.ts",
  "src/checkpoint/node/{checkpoint-killed,peft-fixtures}.test.ts",
  "src/cli/{adapt,arena,doctor,eval*,export,fault,harness,kill,pull,run,studio,train}.test.ts",
  "src/cluster/*.test.ts",
  "src/datasets/shared-data.test.ts",
  "src/decode/{shipped,stopping,trace,training-agrees}.test.ts",
  "src/hub/pull-{arc,data}.test.ts",
  "src/model/{long-prompts,model}.test.ts",
  "src/solve/{test-time-training,tutor}.test.ts",
  "src/studio/{backend,chosen,export-site}.test.ts",
  "src/studio/server/{app,files,fuzz}.test.ts",
  "src/studio/web/{backend/local,learn/costs}.test.ts",
  "src/train/{trainer,node/loop}.test.ts",
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
