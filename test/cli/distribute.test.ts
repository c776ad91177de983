import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";

import { expect } from "chai";

import { journalName } from "../../deploy/journal.ts";
import { cliWorld, type CliWorld, type Ran } from "./support.ts";

const script = new URL("../../scripts/distribute.ts", import.meta.url).pathname;
const journals = new URL("../../ignition/deployments/", import.meta.url).pathname;
const MILLION = 10n ** 24n;

async function distribute(world: CliWorld, grants: string, ...more: string[]): Promise<Ran> {
  const token = world.deployment.governance?.token ?? "";
  const args = [script, "--token", token, "--grants", grants, "--rpc", world.rpcUrl, ...more];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (out += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (err += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return { code: code ?? -1, out, err };
}

describe("cli: the distribution of the token, as its guide has it", () => {
  let world: CliWorld;
  let [treasury, team] = ["", ""];
  const made: string[] = [];
  const balance = async (account: string): Promise<bigint> =>
    (await world.connection.ethers.getContractAt("SluiceToken", world.deployment.governance?.token ?? "")).balanceOf(
      account,
    );
  const grantsOf = (teamTokens: string): string =>
    JSON.stringify({
      grants: [
        { name: "treasury", recipient: treasury, tokens: "70000000" },
        {
          ...{ name: "team", recipient: team, tokens: teamTokens },
          vesting: { start: "2040-01-01", days: 1460, cliffDays: 365 },
        },
      ],
    });
  before(async () => {
    world = await cliWorld();
    const [, second, third] = await world.connection.ethers.getSigners();
    [treasury, team] = [second?.address ?? "", third?.address ?? ""];
    made.push(await journalName(world.connection.ethers.provider, "distribution"));
  });
  after(async () => {
    await world.close();
    for (const name of made) await rm(`${journals}${name}`, { recursive: true, force: true });
  });

  it("sends nothing when it is not told to, or when the grants are not the supply", async () => {
    const good = await world.write("grants.json", grantsOf("30000000"));
    const tried = await distribute(world, good);
    expect([tried.code, tried.out.split("\n").length]).to.deep.equal([0, 4]);
    const wrong = await world.write("wrong.json", grantsOf("30000000.5"));
    expect((await distribute(world, wrong, "--send")).code).to.equal(2);
    expect(await balance(treasury)).to.equal(0n);
  });

  it("makes the wallets and pays everybody in one go, once: a second run finds it done", async () => {
    const { ethers } = world.connection;
    const grants = await world.write("grants.json", grantsOf("30000000"));
    const sent = await distribute(world, grants, "--send");
    expect(sent.code, sent.err).to.equal(0);
    const wallet = /team: \S+ to (0x\w{40})/.exec(sent.out)?.[1] ?? "";
    expect(await balance(treasury)).to.equal(70n * MILLION);
    expect(await balance(wallet)).to.equal(30n * MILLION);
    expect(await (await ethers.getContractAt("SluiceVesting", wallet)).owner()).to.equal(team);
    const block = await ethers.provider.getBlockNumber();
    expect((await distribute(world, grants, "--send")).out).to.equal(sent.out);
    expect(await ethers.provider.getBlockNumber()).to.equal(block);
  });

  it("takes no other chain's journal for its own", async () => {
    const grants = await world.write("grants.json", grantsOf("30000000"));
    const other = await cliWorld();
    try {
      const stale = await distribute(other, grants, "--send", "--deployment", made[0] ?? "");
      expect([stale.code, /nothing was sent/.test(stale.err)]).to.deep.equal([2, true]);
      const own = await journalName(other.connection.ethers.provider, "distribution");
      made.push(own);
      expect(own).to.not.equal(made[0]);
      expect((await distribute(other, grants, "--send")).code).to.equal(0);
    } finally {
      await other.close();
    }
  });
});
