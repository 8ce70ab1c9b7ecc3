import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../datasets/temporary.test-helper.ts";
import {
  cachedModelFolder,
  cacheFolder,
  isOffline,
  looksLikeHubId,
  parseModelId,
  readToken,
} from "./cache.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

describe("cacheFolder", () => {
  it.each([
    [{}, join(homedir(), ".cache/huggingface/hub")],
    [{ XDG_CACHE_HOME: "/x" }, "/x/huggingface/hub"],
    [{ XDG_CACHE_HOME: "/x", HF_HOME: "/h" }, "/h/hub"],
    [{ HF_HOME: "~/h" }, join(homedir(), "h/hub")],
    [{ HF_HOME: "" }, join(homedir(), ".cache/huggingface/hub")],
    [{ HF_HOME: "/h", HUGGINGFACE_HUB_CACHE: "/old" }, "/old"],
    [{ HF_HOME: "/h", HUGGINGFACE_HUB_CACHE: "/old", HF_HUB_CACHE: "/c" }, "/c"],
  ])("of %j is %s", (env, folder) => expect(cacheFolder(env)).toBe(folder));
});

describe("parseModelId", () => {
  it.each([
    ["Qwen/Qwen3-0.6B", { name: "Qwen/Qwen3-0.6B", revision: "main" }],
    ["Qwen/Qwen3-0.6B@v1.0", { name: "Qwen/Qwen3-0.6B", revision: "v1.0" }],
    ["org/name@refs/pr/1", { name: "org/name", revision: "refs/pr/1" }],
    ["gpt2", { name: "gpt2", revision: "main" }],
  ])("%s", (id, parsed) => expect(parseModelId(id)).toEqual(parsed));

  it.each([
    "",
    "/",
    "a/b/c",
    "../b",
    "a/..",
    "/a/b",
    "a/b@",
    "a/b@../x",
    "a/b@/x",
    "a/b@c@d",
    "a--b/c",
    "a b/c",
    "a\\b",
    "C:/a",
  ])("refuses %j", (id) => expect(parseModelId(id)).toBeUndefined());

  it("tells ids of the hub from other names", () => {
    expect(["org/name", "org/name@v1", "name", "./name"].map(looksLikeHubId)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe("readToken", () => {
  it("takes HF_TOKEN before the file, and the file that HF_TOKEN_PATH names", async () => {
    const home = await temporaryFolder({ token: "from file\n", other: "elsewhere" });
    expect(readToken({ HF_HOME: home, HF_TOKEN: "given" })).toBe("given");
    expect(readToken({ HF_HOME: home })).toBe("from file");
    expect(readToken({ HF_HOME: home, HF_TOKEN_PATH: join(home, "other") })).toBe("elsewhere");
    expect(readToken({ HF_HOME: join(home, "none") })).toBeUndefined();
  });
});

describe("isOffline", () => {
  it.each([
    [{}, false],
    [{ HF_HUB_OFFLINE: "0" }, false],
    [{ HF_HUB_OFFLINE: "1" }, true],
    [{ HF_HUB_OFFLINE: "true" }, true],
    [{ TRANSFORMERS_OFFLINE: "1" }, true],
  ])("%j: %s", (env, offline) => expect(isOffline(env)).toBe(offline));
});

describe("cachedModelFolder", () => {
  const repo = "hub/models--org--tiny";
  const snapshot = `${repo}/snapshots/${COMMIT}`;
  const whole = {
    [`${repo}/refs/main`]: COMMIT,
    [`${snapshot}/config.json`]: "{}",
    [`${snapshot}/model.safetensors`]: "",
  };
  const found = async (files: Record<string, string>, id: string) => {
    const home = await temporaryFolder(files);
    return cachedModelFolder(id, { HF_HOME: home })?.slice(home.length + 1);
  };

  it("finds a snapshot by its branch and by its commit", async () => {
    expect(await found(whole, "org/tiny")).toBe(snapshot);
    expect(await found(whole, `org/tiny@${COMMIT}`)).toBe(snapshot);
    expect(await found(whole, "org/tiny@v2")).toBeUndefined();
    expect(await found(whole, "org/other")).toBeUndefined();
  });

  it.each(["config.json", "model.safetensors"])("does not take a snapshot without %s", async (name) => {
    const rest = Object.fromEntries(Object.entries(whole).filter(([path]) => !path.endsWith(name)));
    expect(await found(rest, "org/tiny")).toBeUndefined();
  });

  it("does not follow a ref that is no commit", async () => {
    const files = { ...whole, [`${repo}/refs/main`]: "../../.." };
    expect(await found(files, "org/tiny")).toBeUndefined();
  });
});
