import { rebateRootDigest, rebateTree } from "@sluice/sdk";
import { expect } from "chai";
import { computeAddress, Signature, ZeroHash, type SigningKey } from "ethers";

import { keyOf } from "../oracle/support/keys.ts";
import { cliWorld, type CliWorld } from "./support.ts";

const UNIT = 10n ** 18n;

describe("cli: rebates", () => {
  let world: CliWorld;
  let [affiliate, other] = ["", ""];
  let leavesFile = "";
  const keys: SigningKey[] = [1, 2, 3].map((index) => keyOf(`cli signer ${index}`));

  /** A period's root, funded, signed by the epoch's signers, posted and in force. */
  async function inForce(amounts: readonly [string, bigint][]): Promise<void> {
    const { ethers } = world.connection;
    const { deployment } = world;
    const pool = await ethers.getContractAt("RebatePool", deployment.governance?.rebatePool ?? "");
    const token = await ethers.getContractAt("LocalToken", deployment.token);
    const { root, total } = rebateTree(amounts.map(([account, cumulative]) => ({ account, cumulative })));
    const [funder] = await ethers.getSigners();
    await (await token.mint(funder?.address ?? "", total)).wait();
    await (await token.approve(await pool.getAddress(), total)).wait();
    await (await pool.fund(deployment.token, total)).wait();
    const block = await ethers.provider.getBlock("latest");
    const [asOf, asOfHash] = [block?.number ?? 0, block?.hash ?? ZeroHash];
    const tierTable = await pool.tierTable();
    const posted = { token: deployment.token, period: 1n, asOf, asOfHash, tierTable, total, root };
    const digest = rebateRootDigest(posted, { chainId: deployment.chainId, pool: await pool.getAddress() });
    const sorted = keys.toSorted((a, b) => (BigInt(computeAddress(a)) < BigInt(computeAddress(b)) ? -1 : 1));
    const parts = sorted.map((key) => Signature.from(key.sign(digest).serialized).compactSerialized.slice(2));
    await (await pool.post(posted, `0x${parts.join("")}`)).wait();
    await world.json(["chain", "skip", "30d"]);
  }

  before(async () => {
    world = await cliWorld(keys);
    const [, , , one, two] = await world.connection.ethers.getSigners();
    [affiliate, other] = [one?.address ?? "", two?.address ?? ""];
    await inForce([
      [affiliate, 7n * UNIT],
      [other, 3n * UNIT],
    ]);
    const rows = [affiliate, other].map((account, index) => `${account.toLowerCase()},${[7n, 3n][index]! * UNIT}`);
    leavesFile = await world.write("leaves.csv", `account,cumulative\n${rows.join("\n")}\n`);
  });
  after(() => world.close());

  it("are paid to the account that earned them, whoever sends the claim, and once", async () => {
    const claimed = await world.json(["rebates", "claim", affiliate, "--leaves", leavesFile], 5);
    expect(claimed["event"]).to.include({ name: "Claimed", account: affiliate, amount: `${7n * UNIT}` });
    const again = await world.refused(["rebates", "claim", affiliate, "--leaves", leavesFile], 5);
    expect(again.code).to.equal("NOTHING_TO_CLAIM");
  });

  it("are refused with leaves of another root, or a file that has none", async () => {
    const wrong = await world.write("wrong.csv", `account,cumulative\n${other},${4n * UNIT}\n`);
    expect((await world.refused(["rebates", "claim", other, "--leaves", wrong], 4)).code).to.equal("FILE_INVALID");
    const broken = await world.write("broken.csv", "account,cumulative\nnobody,much\n");
    expect((await world.refused(["rebates", "claim", other, "--leaves", broken], 4)).code).to.equal("FILE_INVALID");
    expect((await world.refused(["rebates", "claim", other], 4)).code).to.equal("USAGE");
  });
});
