/** The public data sets: their addresses, at one commit each, and how many tasks they hold. */
import type { Kind } from "./archives.ts";

export interface Source {
  readonly title: string;
  readonly licence: string;
  readonly commit: string;
  readonly kind: Kind;
  /** The host that has the archive, and its path there; JIGSAW_DATA_ENDPOINT stands for the host. */
  readonly host: string;
  readonly path: string;
  /** The archive's files of tasks: their folder there (or nothing) and id. */
  readonly files: RegExp;
  /** How many tasks each folder of the data has; of re-arc these are rules, with many pairs each. */
  readonly splits: Readonly<Record<string, number>>;
}

const ARC_1 = "399030444e0ab0cc8b4e199870fb20b863846f34";
const ARC_2 = "f3283f727488ad98fe575ea6a5ac981e4a188e49";
const RE_ARC = "e5b7f1d06362a76f9d3b8c25154ff1fafca897ce";

const perTask = /^[^/]+\/data\/(training|evaluation)\/([0-9a-f]{8})\.json$/;

export const sources = {
  "arc-agi-1": {
    title: "ARC-AGI-1, public tasks (fchollet/ARC-AGI)",
    licence: "Apache-2.0",
    commit: ARC_1,
    kind: "tar.gz",
    host: "https://codeload.github.com",
    path: `/fchollet/ARC-AGI/tar.gz/${ARC_1}`,
    files: perTask,
    splits: { training: 400, evaluation: 400 },
  },
  "arc-agi-2": {
    title: "ARC-AGI-2, public tasks (arcprize/ARC-AGI-2)",
    licence: "Apache-2.0",
    commit: ARC_2,
    kind: "tar.gz",
    host: "https://codeload.github.com",
    path: `/arcprize/ARC-AGI-2/tar.gz/${ARC_2}`,
    files: perTask,
    splits: { training: 1000, evaluation: 120 },
  },
  "re-arc": {
    title: "RE-ARC, pairs drawn from ARC-AGI-1's training rules (michaelhodel/re-arc)",
    licence: "MIT",
    commit: RE_ARC,
    kind: "zip",
    host: "https://github.com",
    path: `/michaelhodel/re-arc/raw/${RE_ARC}/re_arc.zip`,
    files: /^(?:[^/]+\/)?(tasks)\/([0-9a-f]{8})\.json$/,
    splits: { tasks: 400 },
  },
} satisfies Record<string, Source>;
