// What benchmarks show figures with.
export { median, wilson } from "../src/evaluate/statistics.ts";
export { table } from "../src/report/text.ts";
