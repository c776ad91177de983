import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { toBeHex } from "ethers";

import { SIDE_PARTS } from "../../oracle/src/chain/site.ts";
import { loadSigner } from "../../oracle/src/attest/loadSigner.ts";
import { createKeystore } from "../../oracle/src/attest/keys.ts";
import { loadSettings, parseSettings } from "../../oracle/src/config.ts";
import { censored } from "../../oracle/src/ops/log.ts";
import { environmentExample, settingRows, settingsReference } from "../../oracle/src/ops/settingsReference.ts";
import { followerOptions } from "../../oracle/src/ops/follow.ts";
import { refused } from "./support/errors.ts";
import { keyOf } from "./support/keys.ts";
import { Scratch } from "./support/scratch.ts";

const address = `0x${"1a".repeat(20)}`;
const base = {
  rpcUrl: "http://127.0.0.1:8545",
  chainId: 5,
  gate: address,
  escrow: address,
  deployedBlock: 3,
  dataDir: "data",
};

async function messageOf(values: unknown, environment: Record<string, string> = {}): Promise<string> {
  const parse = async (): Promise<unknown> => Promise.resolve(parseSettings(values, environment, "/home"));
  return (await refused(parse(), "SETTINGS_INVALID")).message;
}

describe("oracle: settings", () => {
  const scratch = new Scratch();
  after(() => scratch.clean());

  it("that are absent take their defaults", () => {
    const settings = parseSettings(base, {}, "/home");
    expect(settings).to.include({
      host: "127.0.0.1",
      port: 8701,
      pollIntervalMs: 1_000,
      confirmations: 0,
      postBands: true,
    });
    expect(settings.peers).to.deep.equal([]);
  });

  it("are paths relative to the settings file", () => {
    expect(parseSettings(base, {}, "/srv/node").dataDir).to.equal("/srv/node/data");
    expect(parseSettings({ ...base, dataDir: "/var/data" }, {}, "/home").dataDir).to.equal("/var/data");
  });

  it("are overridden by the environment", () => {
    const environment = {
      SLUICE_RPC_URL: "https://rpc.example/key",
      SLUICE_PORT: "9",
      SLUICE_POST_BANDS: "false",
      OTHER: "x",
    };
    const settings = parseSettings(base, environment, "/home");
    expect(settings).to.include({ rpcUrl: "https://rpc.example/key", port: 9, postBands: false });
  });

  for (const [name, value] of [
    ["port", 70_000],
    ["port", "8701"],
    ["pollIntervalMs", 1],
    ["rpcUrl", "ftp://x"],
    ["gate", "0x12"],
    ["postBands", "yes"],
    ["logLevel", "loud"],
    ["confirmations", -1],
    ["peers", [{ url: "http://x" }]],
    ["prot", 1],
  ] as const) {
    it(`stop the start where ${name} is ${JSON.stringify(value)}, and the message names it`, async () => {
      expect(await messageOf({ ...base, [name]: value })).to.contain(name);
    });
  }

  it("stop the start where a variable is no JSON, and the message names the variable", async () => {
    expect(await messageOf(base, { SLUICE_PORT: "many" })).to.contain("SLUICE_PORT");
  });

  it("take gate, escrow and first block from a deployment file, and refuse one of another chain", async () => {
    const home = scratch.dir();
    writeFileSync(
      join(home, "5.json"),
      JSON.stringify({ chainId: 5, gate: address, escrow: address, deployedBlock: 44 }),
    );
    const values = { rpcUrl: base.rpcUrl, dataDir: "data", deployment: "5.json" };
    writeFileSync(join(home, "settings.json"), JSON.stringify(values));
    expect(loadSettings(join(home, "settings.json"), {})).to.include({ chainId: 5, deployedBlock: 44 });
    const parse = async (): Promise<unknown> => Promise.resolve(parseSettings({ ...values, chainId: 6 }, {}, home));
    expect((await refused(parse(), "SETTINGS_INVALID")).message).to.match(/^chainId: is 6.* 5$/);
  });

  it("take the list registry from the deployment file's governance, and have none where there is none", () => {
    const home = scratch.dir();
    const values = { rpcUrl: base.rpcUrl, dataDir: "data", deployment: "7.json" };
    const deployment = { chainId: 7, gate: address, escrow: address, deployedBlock: 1 };
    const write = (file: object): void => writeFileSync(join(home, "7.json"), JSON.stringify(file));
    write({ ...deployment, governance: { listRegistry: address, token: address } });
    expect(followerOptions(parseSettings(values, {}, home)).site.lists).to.equal(address.toLowerCase());
    write(deployment);
    expect(followerOptions(parseSettings(values, {}, home)).site).to.not.have.property("lists");
  });

  it("take every contract that is read beside them from the deployment file, the referral codes, too", () => {
    const home = scratch.dir();
    const values = { rpcUrl: base.rpcUrl, dataDir: "data", deployment: "7.json" };
    const named = SIDE_PARTS.map((part, index) => [part, toBeHex(index + 1, 20)] as const);
    const { channels, ...governance } = Object.fromEntries(named);
    const file = { chainId: 7, gate: address, escrow: address, deployedBlock: 1, channels, governance };
    writeFileSync(join(home, "7.json"), JSON.stringify(file));
    const { gate: _gate, escrow: _escrow, ...site } = followerOptions(parseSettings(values, {}, home)).site;
    expect(site).to.deep.equal(Object.fromEntries(named));
    expect(SIDE_PARTS).to.include("referralCodes");
  });

  it("are logged without secrets", () => {
    const settings = parseSettings({ ...base, rpcUrl: "https://rpc.example/v2/s3cret?k=s3cret" }, {}, "/home");
    const text = JSON.stringify(censored(settings));
    expect(text).to.not.contain("s3cret");
    expect(text).to.contain("https://rpc.example/…");
  });

  it("stand in the reference and the example, every one", () => {
    for (const { name, environment } of settingRows()) {
      expect(settingsReference()).to.contain(`| \`${name}\` | \`${environment}\` |`);
      expect(environmentExample()).to.contain(`#${environment}=`);
    }
  });

  it("of the example file are accepted", () => {
    const example = new URL("../../oracle/settings.example.json", import.meta.url).pathname;
    const home = scratch.dir();
    writeFileSync(
      join(home, "1.json"),
      JSON.stringify({ chainId: 1, gate: address, escrow: address, deployedBlock: 1 }),
    );
    const settings = loadSettings(example, { SLUICE_DEPLOYMENT: join(home, "1.json") });
    expect(settings.peers).to.have.length(2);
  });
});

describe("oracle: the signing key", () => {
  const scratch = new Scratch();
  after(() => scratch.clean());
  const key = keyOf("file");

  const keyFile = (text: string, mode: number): string => {
    const path = join(scratch.dir(), "key");
    writeFileSync(path, text, { mode: 0o600 });
    chmodSync(path, mode);
    return path;
  };

  it("is read from plain hex that only its owner can read", async () => {
    const signer = await loadSigner({ privateKeyFile: keyFile(`${key.privateKey}\n`, 0o600) });
    expect(signer.address).to.match(/^0x/);
    expect(await signer.sign(`0x${"01".repeat(32)}`)).to.equal(key.sign(`0x${"01".repeat(32)}`).compactSerialized);
  });

  it("is refused where others can read it", async () => {
    const error = await refused(loadSigner({ privateKeyFile: keyFile(key.privateKey, 0o644) }), "KEY_UNREADABLE");
    expect(error.message).to.contain("chmod 600");
  });

  it("is refused without showing what stood in the file", async () => {
    const error = await refused(loadSigner({ privateKeyFile: keyFile("hunter2hunter2", 0o600) }), "KEY_UNREADABLE");
    expect(error.message).to.not.contain("hunter2");
  });

  it("is needed exactly once, and a keystore with its password", async () => {
    await refused(loadSigner({}), "SETTINGS_INVALID");
    await refused(loadSigner({ keyFile: "a", privateKeyFile: "b" }), "SETTINGS_INVALID");
    await refused(loadSigner({ keyFile: "a" }), "SETTINGS_INVALID");
  });

  it("is made, encrypted, and read again; an existing file is kept, a wrong password refused", async () => {
    const home = scratch.dir();
    const [out, passwordFile] = [join(home, "key.json"), join(home, "password")];
    writeFileSync(passwordFile, "correct horse battery", { mode: 0o600 });
    const made = await createKeystore(out, passwordFile);
    expect((await loadSigner({ keyFile: out, passwordFile })).address).to.equal(made);
    await refused(createKeystore(out, passwordFile), "KEY_UNREADABLE");
    writeFileSync(passwordFile, "wrong horse battery", { mode: 0o600 });
    await refused(loadSigner({ keyFile: out, passwordFile }), "KEY_UNREADABLE");
  }).timeout(30_000);
});
