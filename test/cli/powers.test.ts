import { expect } from "chai";

import { canonicalHash } from "../../oracle/src/canonicalJson.ts";
import { carried, cliWorld, holders, type CliWorld } from "./support.ts";

const DAY = 86_400n;

describe("cli: proposals about powers", () => {
  let world: CliWorld;
  let guardian = "";
  before(async () => {
    world = await cliWorld();
    await holders(world);
    const [, second] = await world.connection.ethers.getSigners();
    guardian = second?.address ?? "";
  });
  after(() => world.close());

  const brought = async (...args: string[]): Promise<string> => {
    const title = ["--title", `About ${args.join(" ")}`, "--yes"];
    const answer = await world.json(["governance", "propose", "--template", ...args, ...title], 0);
    expect(answer["warning"]).to.deep.equal([]);
    return String(answer["proposalId"]);
  };
  const shown = (): Promise<Record<string, unknown>> => world.json(["guardian", "show"]);
  const nowSeconds = async (): Promise<bigint> =>
    BigInt((await world.connection.ethers.provider.getBlock("latest"))?.timestamp ?? 0);
  const thresholds = async (): Promise<[bigint, bigint]> => {
    const { ethers } = world.connection;
    const gate = await ethers.getContractAt("RiskGate", world.deployment.gate);
    const [policy] = await gate.policyAt((await ethers.provider.getBlockNumber()) + 1);
    return [policy.holdAt, policy.blockAt];
  };

  it("name who may cancel: he cancels until his term is over, and another vote takes it from him", async () => {
    await carried(world, await brought("guardian", "--to", guardian, "--term", "90d"));
    const { governor } = (await shown()) as { governor: { account: string; until: string } };
    expect(governor.account).to.equal(guardian);
    const left = BigInt(governor.until) - (await nowSeconds());
    expect(left > 80n * DAY && left < 90n * DAY).to.equal(true);
    const stopped = await brought("text");
    await world.json(["chain", "skip", "61m"]);
    await world.json(["governance", "vote", stopped, "for"], 0);
    // The proposer himself cannot any more, once it is voted on; the guardian can.
    expect((await world.refused(["governance", "cancel", stopped], 0)).code).to.equal("CONTRACT_REVERTED");
    expect((await world.json(["governance", "cancel", stopped], 1))["event"]).to.include({ name: "ProposalCanceled" });
    await carried(world, await brought("guardian", "--to", "none"));
    expect((await shown())["governor"]).to.include({ until: "0" });
  });

  it("name who may tighten: he does so once, within the vote's bounds, and a vote ends it", async () => {
    const before = await thresholds();
    await carried(world, await brought("policy-guardian", "--to", guardian, "--term", "30d", "--blocks", "1000"));
    const tighten = (account: number, set: string): string[] => [
      "guardian",
      "tighten",
      "--set",
      set,
      "--account",
      String(account),
    ];
    expect((await world.refused(tighten(0, "HoldAt=9000"))).details).to.include({ name: "NotGuardian" });
    expect((await world.refused(tighten(1, "HoldAt=9701"))).details).to.include({ name: "WouldLoosen" });
    expect((await world.refused(tighten(1, "HoldAt=9000,BlockAt=9500"))).details).to.include({
      name: "BlocksTheAllowed",
    });
    expect((await world.refused(tighten(1, "HoldAt=9000,HoldDelay=2h"))).code).to.equal("USAGE");
    expect((await world.json(tighten(1, "HoldAt=9000,BlockAt=9800")))["event"]).to.include({ name: "Tightened" });
    expect(await thresholds()).to.deep.equal([9_000n, 9_800n]);
    expect((await shown())["tightened"]).to.equal(true);
    expect((await world.refused(tighten(1, "HoldAt=8500"))).code).to.equal("CONTRACT_REVERTED");
    expect((await world.refused(["guardian", "end"], 9)).details).to.include({ name: "StillTightened" });
    await carried(world, await brought("end-tightening"));
    expect(await thresholds()).to.deep.equal(before);
    expect(await shown()).to.deep.include({ tightened: false });
    expect((await shown())["policy"]).to.include({ account: guardian, spent: true });
  });

  it("stop a signer whose key was stolen: by his address, and at once", async () => {
    const { ethers } = world.connection;
    const { epoch, gate: at } = world.deployment;
    const gate = await ethers.getContractAt("RiskGate", at);
    const listed = await (await ethers.getContractAt("IRiskEpoch", epoch)).signers();
    const signer = listed[1] ?? "";
    const strange = ["governance", "propose", "--template", "disable-signers", "--epoch", epoch, "--signers", guardian];
    expect((await world.refused([...strange, "--title", "Not one of them"], 0)).code).to.equal("USAGE");
    await carried(world, await brought("disable-signers", "--epoch", epoch, "--signers", signer));
    const events = await gate.queryFilter(gate.filters.SignersDisabled());
    expect(events.at(-1)?.args.mask).to.equal(0b10n);
  });

  it("are taken by the chain as they are written, each in words", async () => {
    const { ethers } = world.connection;
    const { treasury = "", token = "" } = world.deployment.governance ?? {};
    const [distributor] = await ethers.getSigners();
    const sluice = await ethers.getContractAt("SluiceToken", token, distributor);
    await (await sluice.transfer(treasury, 10n ** 24n)).wait();
    const table = {
      ...{ format: "sluice-tier-table", version: 1, holdSeconds: 86_400, windowSeconds: 2_592_000 },
      ...{ rebateTo: "payer", attribution: "terms" },
      graph: { ringHops: 3, returnHops: 2, returnShareBps: 5_000 },
      tokens: {
        [world.deployment.token.toLowerCase()]: {
          tiers: [{ minVolume: "0", maxBadBps: 100, minPayers: 1, commissionBps: 1_000, rebateBps: 500 }],
        },
      },
    };
    const file = await world.write("table.json", JSON.stringify(table));
    const grant = ["grant", "--token", "SLUICE", "--to", guardian, "--amount", "1000", "--duration", "90d"];
    await carried(world, await brought(...grant));
    const { epoch } = world.deployment;
    const cases: [string[], RegExp][] = [
      [["cancel-grant", "--grant", "1"], /^end grant 1/],
      [["treasury-cap", "--token", "SLUICE", "--bps", "900"], /^let 9 % of SluiceToken/],
      [
        ["fee-parts", "--parts", "attesters=3200,stakers=3000,rebates=2000,treasury=1800"],
        /attesters 32 %, stakers 30 %, rebates 20 %, treasury 18 %/,
      ],
      [["reviewer", "--to", guardian], /^let 0x\w+ review payments$/],
      [["revoke-epoch", "--epoch", epoch], /^revoke the epoch/],
      [["list-token", "--token", "payment", "--price", "2", "--min-lot", "100"], /BuyBack\.list/],
      [["tier-table", "--table", file], new RegExp(canonicalHash(table))],
    ];
    for (const [args, words] of cases) {
      const line = ["governance", "propose", "--template", ...args, "--title", "Tried", "--dry-run"];
      const answer = await world.json(line, 0);
      expect((answer["words"] as string[])[0], args[0]).to.match(words);
      expect(answer["warning"], args[0]).to.deep.equal([]);
    }
    const unruled = ["governance", "propose", "--template", "rebate-ruling", "--token", "payment", "--title", "Tried"];
    expect((await world.refused(unruled, 0)).code).to.equal("USAGE");
    const nothing = await world.json([...unruled, "--uphold", "--dry-run"], 0);
    expect(nothing["warning"]).to.have.length(1); // nobody has challenged a root
    const uneven = ["governance", "propose", "--template", "fee-parts", "--parts", "attesters=1", "--title", "Tried"];
    expect((await world.refused(uneven, 0)).code).to.equal("USAGE");
  });
});
