import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

import { loadSettings, parseSettings } from "../../oracle/src/config.ts";
import { nearest } from "../../oracle/src/ops/nearest.ts";
import { refused } from "./support/errors.ts";
import { Scratch } from "./support/scratch.ts";

const address = `0x${"1a".repeat(20)}`;
const site = { chainId: 5, gate: address, escrow: address, deployedBlock: 3 };
const base = { rpcUrl: "http://127.0.0.1:8545", dataDir: "data", ...site };

/** Names in front of the colon of every problem. */
async function problemNames(parse: () => unknown): Promise<string[]> {
  const error = await refused(
    Promise.resolve().then(() => parse()),
    "SETTINGS_INVALID",
  );
  const problems: unknown = error.details?.["problems"];
  if (!Array.isArray(problems)) throw new Error("no list of problems");
  return problems.map((problem) => String(problem).split(":")[0] ?? "");
}

describe("oracle: problems of settings", () => {
  const scratch = new Scratch();
  after(() => scratch.clean());

  it("are told all at once: missing, out of bounds, unknown, and what the environment adds", async () => {
    const values = { rpcUrl: "ftp://x", port: 70_000, prot: 1, chainId: 5 };
    const environment = { SLUICE_POLL_INTERVAL_MS: "often", SLUICE_RPC_ULR: "http://x" };
    const names = await problemNames(() => parseSettings(values, environment, "/home"));
    expect(names).to.have.members([
      "SLUICE_POLL_INTERVAL_MS must be a number in JSON, got often",
      "SLUICE_RPC_ULR",
      "rpcUrl",
      "dataDir",
      "port",
      "prot",
      "gate, escrow, deployedBlock",
    ]);
  });

  it("carry the name somebody probably meant", async () => {
    const error = await refused(
      Promise.resolve().then(() => parseSettings({ ...base, prot: 1 }, { SLUICE_RPC_ULR: "x" }, "/home")),
      "SETTINGS_INVALID",
    );
    expect(error.message).to.contain("did you mean port?").and.to.contain("did you mean SLUICE_RPC_URL?");
  });

  it("are no variables of tests, benches and other programs", () => {
    const environment = { SLUICE_TEST_SEED: "1", SLUICE_FUZZ_RUNS: "2", SLUICE_REQUIRE_BROWSER: "1", PATH: "/bin" };
    expect(parseSettings(base, environment, "/home").port).to.equal(8701);
  });

  it("of a node that is to run name every file that is missing, open to others or of the wrong kind", async () => {
    const home = scratch.dir();
    const file = (name: string, mode: number): string => {
      const path = join(home, name);
      writeFileSync(path, "secret text", { mode: 0o600 });
      chmodSync(path, mode);
      return path;
    };
    const values = {
      ...base,
      keyFile: file("key.json", 0o640),
      passwordFile: join(home, "absent"),
      modelsDir: file("models", 0o600),
    };
    const names = await problemNames(() => parseSettings(values, {}, home, "serve"));
    expect(names).to.have.members(["keyFile", "passwordFile", "modelsDir"]);
    expect(parseSettings(values, {}, home).port, "a program that only reads needs no keys").to.equal(8701);
  });

  it("of a node that is to run say that a key is missing, or its password, or that there are two", async () => {
    const home = scratch.dir();
    const key = join(home, "key");
    writeFileSync(key, "x", { mode: 0o600 });
    const problems = async (keys: object): Promise<string[]> =>
      problemNames(() => parseSettings({ ...base, ...keys }, {}, home, "serve"));
    expect(await problems({})).to.deep.equal(["keyFile, privateKeyFile, signerAddress"]);
    expect(await problems({ keyFile: key, privateKeyFile: key })).to.deep.equal([
      "keyFile, privateKeyFile, signerAddress",
    ]);
    expect(await problems({ keyFile: key })).to.deep.equal(["passwordFile"]);
    expect(parseSettings({ ...base, privateKeyFile: key }, {}, home, "serve").privateKeyFile).to.equal(key);
  });

  it("never show what stands in a broken settings file", async () => {
    const path = join(scratch.dir(), "settings.json");
    writeFileSync(path, '{"rpcUrl": "https://rpc.example/s3cret", }');
    const error = await refused(
      Promise.resolve().then(() => loadSettings(path, {})),
      "SETTINGS_INVALID",
    );
    expect(JSON.stringify([error.message, error.details])).to.not.contain("s3cret");
  });
});

describe("oracle: the nearest name", () => {
  const names = ["port", "host", "peers", "rpcUrl", "peerTimeoutMs"];
  for (const [word, meant] of [
    ["prot", "port"],
    ["rpcURL", "rpcUrl"],
    ["peerTimeout", "peerTimeoutMs"],
    ["peer", "peers"],
    ["flags", undefined],
    ["", undefined],
  ] as const) {
    it(`to "${word}" is ${meant ?? "none"}`, () => {
      expect(nearest(word, names)).to.equal(meant);
    });
  }
});
