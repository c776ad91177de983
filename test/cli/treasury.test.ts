import { expect } from "chai";

import { cliWorld, holders, type CliWorld } from "./support.ts";

const propose = ["governance", "propose", "--template"];
const MILLION = 1_000_000n * 10n ** 18n;

describe("cli: proposals about money", () => {
  let world: CliWorld;
  let recipient = "";
  let treasuryAt = "";
  before(async () => {
    world = await cliWorld();
    await holders(world);
    const { ethers } = world.connection;
    const { token = "", treasury = "" } = world.deployment.governance ?? {};
    treasuryAt = treasury;
    const [distributor, , , , , , , , , , , , recipientSigner] = await ethers.getSigners();
    recipient = recipientSigner?.address ?? "";
    const sluice = await ethers.getContractAt("SluiceToken", token, distributor);
    await (await sluice.transfer(treasury, MILLION)).wait();
  });
  after(() => world.close());

  const sluiceOf = async (account: string): Promise<bigint> => {
    const token = world.deployment.governance?.token ?? "";
    return (await world.connection.ethers.getContractAt("SluiceToken", token)).balanceOf(account);
  };
  const args = (template: string, amount: string, ...more: string[]): string[] => [
    ...[...propose, template, "--token", "SLUICE", "--to", recipient, "--amount", amount, ...more],
    ...["--title", `A ${template} of ${amount}`, "--yes"],
  ];

  /** From proposed to executed; a call that moves money waits three delays of the timelock. */
  const enacted = async (id: string): Promise<void> => {
    await world.json(["chain", "skip", "61m"]);
    for (const holder of [0, 6]) await world.json(["governance", "vote", id, "for"], holder);
    await world.json(["chain", "skip", "1d"]);
    await world.json(["governance", "queue", id], 3);
    await world.json(["chain", "skip", "3d"]);
    await world.json(["governance", "execute", id], 3);
  };

  it("are refused above the treasury's cap before anybody votes, with what it allows", async () => {
    const refused = await world.refused(args("spend", "100000.1"), 0);
    expect(refused.code).to.equal("NOT_ENOUGH");
    expect(refused.details).to.include({ spendable: String(MILLION / 10n) });
  });

  it("pay out of the treasury what a vote decided, within the cap", async () => {
    const brought = await world.json(args("spend", "40000"), 0);
    expect((brought["words"] as string[])[0]).to.match(/^pay 40,000 of SluiceToken 0x\w{40} out of the treasury to 0x/);
    await enacted(String(brought["proposalId"]));
    expect(await sluiceOf(recipient)).to.equal(MILLION / 25n);
    expect(await sluiceOf(treasuryAt)).to.equal(MILLION - MILLION / 25n);
  });

  it("open a grant that anybody pays out once it has vested", async () => {
    const before = await sluiceOf(recipient);
    const brought = await world.json(args("grant", "50000", "--duration", "1d", "--cliff", "1h"), 0);
    expect(brought["words"]).to.have.length(2);
    await enacted(String(brought["proposalId"]));
    const grants = await world.connection.ethers.getContractAt(
      "GrantStreams",
      world.deployment.governance?.grants ?? "",
    );
    await world.json(["chain", "skip", "1d"]);
    await (await grants.withdraw(1n)).wait();
    expect((await sluiceOf(recipient)) - before).to.equal(MILLION / 20n);
  });
});
