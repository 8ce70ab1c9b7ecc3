// A studio on a free port of this machine, with the shipped models.
import { join } from "node:path";
import { readConfig } from "../../checkpoint/node/checkpoint.ts";
import type { Engine } from "../../engine/engine.ts";
import { openEngine } from "../../engine/node/open.ts";
import { loadModel, modelFolder, packageFolder, shippedModels } from "../../load.ts";
import type { Model } from "../../model/model.ts";
import { aboutModel } from "../shared/about.ts";
import { openModelCache } from "../shared/model-cache.ts";
import { openStudio, type Studio, type StudioOptions } from "./app.ts";
import { type ListenOptions, listen } from "./listen.ts";

export const examples = join(packageFolder, "examples");

export interface Running {
  readonly studio: Studio;
  readonly port: number;
  /** With a slash at its end. */
  readonly url: string;
  readonly engine: Engine;
  /** What was reported as nobody's request. */
  readonly reported: unknown[];
  /** Opens a model beside the studio's own. */
  load(name: string): Promise<Model>;
  close(): Promise<void>;
}

export async function startStudio(options: Partial<StudioOptions & ListenOptions> = {}): Promise<Running> {
  const engine = await openEngine({ device: "cpu", threads: 1, worker: true });
  const load = async (name: string) => (await loadModel(name, { engine })).model;
  const models = await Promise.all(
    shippedModels().map(async (name) => aboutModel(name, await readConfig(modelFolder(name)))),
  );
  const reported: unknown[] = [];
  const cache = openModelCache(load, 4);
  const studio = await openStudio({
    device: engine.device,
    threads: 1,
    versions: { jigsaw: "0.0.0" },
    models,
    cache,
    folders: [examples],
    page: join(packageFolder, "no-page"),
    report: (error) => reported.push(error),
    ...options,
  });
  const closeAll = async () => {
    await studio.close();
    await cache.close();
    await engine.close();
  };
  try {
    const { port, close } = await listen(studio.app, { host: "127.0.0.1", port: 0, ...options });
    const url = `http://127.0.0.1:${port}/`;
    return { studio, port, url, engine, reported, load, close: () => close().then(closeAll) };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** The events of an address's stream, as far as they have come when it ends or `enough` says so. */
export async function eventsAt(
  url: string,
  { headers = {}, enough = () => false }: { headers?: HeadersInit; enough?: (data: string) => boolean } = {},
): Promise<{ id: number; data: string }[]> {
  const response = await fetch(url, { headers });
  if (response.status !== 200) throw new Error(`status ${response.status}: ${await response.text()}`);
  const events: { id: number; data: string }[] = [];
  let text = "";
  for await (const chunk of response.body!) {
    text += new TextDecoder().decode(chunk, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data === undefined) continue;
      events.push({ id: Number(/^id: (.*)$/m.exec(block)?.[1] ?? Number.NaN), data });
      if (enough(data)) return events;
    }
  }
  return events;
}
