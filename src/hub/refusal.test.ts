import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PullOptions } from "./pull-model.ts";
import { hubFetch } from "./refusal.ts";
import { startHub, TOKEN } from "./testing/hub-server.ts";
import { model, place } from "./testing/place.ts";
import { closeAtEnd, listen } from "./testing/server.ts";

/** An address at which nobody listens any more. */
async function closedAddress(): Promise<string> {
  const hub = await startHub({});
  hub.close();
  return hub.url;
}

describe("pullModel refuses", async () => {
  const without = (...names: string[]) => ({
    "org/tiny": {
      ...model,
      files: Object.fromEntries(Object.entries(model.files).filter(([name]) => !names.includes(name))),
    },
  });
  const cases: [
    name: string,
    models: Parameters<typeof place>[0],
    id: string,
    env: PullOptions["env"],
    error: Record<string, unknown>,
  ][] = [
    [
      "an unknown model",
      {},
      "org/tiny",
      {},
      {
        code: "denied",
        message: expect.stringMatching(/^http:\S+ has no model org\/tiny, or does not let you read it$/),
      },
    ],
    [
      "an unknown model, with a token",
      {},
      "org/tiny",
      { HF_TOKEN: TOKEN },
      { code: "not-found", message: expect.stringMatching(/^http:\S+ has no model org\/tiny$/) },
    ],
    [
      "a gated model",
      { "org/tiny": { ...model, access: "gated" } },
      "org/tiny",
      {},
      { code: "denied", hint: expect.stringContaining("set HF_TOKEN") },
    ],
    [
      "a gated model, with a token",
      { "org/tiny": { ...model, access: "gated" } },
      "org/tiny",
      { HF_TOKEN: TOKEN },
      {
        code: "denied",
        message: "org/tiny is gated: its owners have to let you in",
        hint: expect.stringContaining("the account that the token belongs to"),
      },
    ],
    [
      "a bad token",
      undefined,
      "org/tiny",
      { HF_TOKEN: "stale" },
      { code: "denied", message: expect.stringMatching(/does not accept the token$/) },
    ],
    [
      "an unknown revision",
      undefined,
      "org/tiny@v9",
      {},
      { code: "not-found", message: 'org/tiny has no revision "v9"' },
    ],
    ["a model without a config", without("config.json"), "org/tiny", {}, { code: "unsupported" }],
    [
      "a model without safetensors",
      without("model.safetensors"),
      "org/tiny",
      {},
      { code: "unsupported", message: "org/tiny has no safetensors files" },
    ],
    [
      "a hub that is not there",
      undefined,
      "org/tiny",
      { HF_ENDPOINT: await closedAddress() },
      { code: "network", message: expect.stringMatching(/^cannot reach 127\.0\.0\.1:\d+: .*ECONNREFUSED/) },
    ],
    ["an address that is none", undefined, "org/tiny", { HF_ENDPOINT: "hub" }, { code: "bad-option" }],
    [
      "to use the network where that is forbidden",
      undefined,
      "org/tiny",
      { HF_HUB_OFFLINE: "1" },
      { code: "not-found", message: expect.stringContaining("HF_HUB_OFFLINE forbids the network") },
    ],
    ["what is no id", undefined, "../tiny", {}, { code: "bad-option" }],
    ["a revision that leads out", undefined, "org/tiny@../../x", {}, { code: "bad-option" }],
  ];
  it.each(cases)("%s", async (_name, models, id, env, error) => {
    const { pull, home } = await place(models);
    await expect(pull(id, { env: env! })).rejects.toMatchObject({ name: "JigsawError", ...error });
    expect(await readdir(home)).toEqual([]);
  });

  it("more than fits on the disk", async () => {
    const { pull, hub, repo } = await place({ "org/tiny": { ...model, claims: 1e18 } });
    await expect(pull()).rejects.toMatchObject({
      code: "io",
      message: expect.stringMatching(/: 1000000000\.0 GB are needed, and \d+\.\d GB are free$/),
    });
    expect(hub.seen.store).toEqual([]);
    expect(await readdir(join(repo, "blobs"))).toEqual([]);
  });

  it("a server that is no hub", async () => {
    const { url, server } = await listen((_request, response) => void response.end("<html>"));
    closeAtEnd(server);
    const { pull } = await place();
    await expect(pull("org/tiny", { env: { HF_ENDPOINT: url } })).rejects.toMatchObject({
      code: "network",
      hint: "Is HF_ENDPOINT a hub?",
    });
  });

  it("a cache that cannot be written", async () => {
    const { pull, home } = await place();
    await writeFile(join(home, "hub"), "a file");
    await expect(pull()).rejects.toMatchObject({
      code: "io",
      message: expect.stringContaining(`cannot write the cache ${join(home, "hub")}`),
      hint: expect.stringContaining("HF_HOME"),
    });
  });
});

describe("hubFetch", () => {
  it("gives the token to the hub alone, whatever address it is asked for", async () => {
    const heard: (string | undefined)[] = [];
    const [hub, other] = [0, 1].map(() =>
      listen((request, response) => {
        heard.push(request.headers.authorization);
        response.end();
      }),
    );
    const urls = [(await hub!).url, (await other!).url];
    for (const { server } of [await hub!, await other!]) closeAtEnd(server);
    const get = hubFetch({ name: "org/tiny", revision: "main" }, { url: urls[0]!, token: TOKEN });
    for (const url of urls) await get(`${url}/x`);
    expect(heard).toEqual([`Bearer ${TOKEN}`, undefined]);
  });
});
