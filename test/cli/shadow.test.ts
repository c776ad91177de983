import { expect } from "chai";

import { payments } from "@sluice/sdk";

import { cliWorld, holders, shadow, type CliWorld, type Json } from "./support.ts";

const unit = 10n ** 18n;
const propose = ["governance", "propose", "--template", "policy", "--yes"];

/** Payments of one payer to some merchants, authorized by his own call. */
async function pay(world: CliWorld, count: number): Promise<void> {
  const { ethers } = world.connection;
  const { chainId, escrow, token: address } = world.deployment;
  const people = await ethers.getSigners();
  const [payer, operator] = [people[7], people[8]];
  if (payer === undefined || operator === undefined) throw new Error("the chain has too few accounts");
  const token = await ethers.getContractAt("LocalToken", address, payer);
  await (await token.mint(payer.address, 10_000n * unit)).wait();
  await (await token.approve(escrow, 10_000n * unit)).wait();
  for (let index = 0; index < count; index++) {
    const payee = people[9 + (index % 3)]?.address ?? "";
    const now = (await ethers.provider.getBlock("latest"))?.timestamp ?? 0;
    const parties = { payer: payer.address, payee, operator: operator.address };
    const terms = payments.draftTerms({ ...parties, token: address, amount: BigInt(index + 1) * unit }, now);
    await payments.authorizeByAllowance(payer, { chainId, escrow }, terms);
  }
}

describe("cli: the shadow of a proposal", () => {
  let world: CliWorld;
  before(async () => {
    world = await cliWorld();
    await holders(world);
    await pay(world, 9);
  });
  after(() => world.close());

  const shadowed = async (args: readonly string[]): Promise<{ code: number; json: Json }> => {
    const { code, out, err } = await shadow([...args, ...world.place, "--json"]);
    if (out === "") throw new Error(`shadow ended with ${code}: ${err}`);
    return { code, json: JSON.parse(out) as Json };
  };

  it("is linked in the proposal's text, and anybody finds the same hash, later, too", async () => {
    const brought = await world.json([...propose, "--set", "HoldAt=9500", "--title", "Hold more"], 0);
    const linked = brought["shadow"] as Json;
    expect(linked["payments"]).to.equal(9);
    expect(brought["description"]).to.include(`shadow: ${String(linked["hash"])} (blocks `);
    await pay(world, 2);
    await world.json(["chain", "skip", "2d"]);
    const { code, json } = await shadowed(["--proposal", String(brought["proposalId"])]);
    expect([code, json["agrees"], json["hash"]]).to.deep.equal([0, true, linked["hash"]]);
    const findings = json["findings"] as { rows: Json[]; now: Json; proposed: Json };
    expect(findings.rows).to.have.length(9);
    expect([findings.now["holdAt"], findings.proposed["holdAt"]]).to.deep.equal([9_700, 9_500]);
    const text = await shadow(["--proposal", "0", ...world.place]);
    expect([text.code, text.out.includes(String(linked["hash"]))]).to.deep.equal([0, true]);
  });

  it("is found out when the text names another hash: exits with 1", async () => {
    const number = "1";
    const lie = `0x${"11".repeat(32)}`;
    const file = await world.write("lie.md", `No payment moves\n\nshadow: ${lie} (blocks 1 to 30)\n`);
    await world.json([...propose, "--set", "HoldAt=9500", "--description", file, "--shadow-days", "0"], 6);
    const { code, json } = await shadowed(["--proposal", number]);
    expect([code, json["agrees"]]).to.deep.equal([1, false]);
    expect(json["hash"]).not.to.equal(lie);
    const own = await shadowed(["--proposal", number, "--days", "1"]);
    expect([own.code, own.json["agrees"]]).to.deep.equal([0, null]);
  });

  it("is left out of a proposal that no band depends on, and says so when asked for one", async () => {
    await world.json(["chain", "skip", "2d"]); // the earlier vote of this proposer is over
    const brought = await world.json([...propose, "--set", "HoldDelay=12h", "--title", "Shorter holds"], 0);
    expect(brought["shadow"]).to.equal(null);
    const refusedOne = await shadow(["--proposal", "2", ...world.place]);
    expect([refusedOne.code, refusedOne.err.split(" ")[0]]).to.deep.equal([1, "INVALID_REQUEST"]);
    expect((await shadow(["--proposal", "77", ...world.place])).code).to.equal(1);
    expect((await shadow([])).code).to.equal(2);
  });
});
