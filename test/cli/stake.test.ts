import { expect } from "chai";

import { cliWorld, sluice, type CliWorld } from "./support.ts";

const unit = 10n ** 18n;

describe("cli: stake", () => {
  let world: CliWorld;
  before(async () => {
    world = await cliWorld();
  });
  after(() => world.close());

  it("stakes after an approval, shows the position, takes back and pays when the wait is over", async () => {
    const staked = await world.json(["stake", "1,500.5"], 0);
    expect(staked["event"]).to.include({ name: "Staked", amount: `${15_005n * (unit / 10n)}` });
    expect(staked["transactions"]).to.have.length(2);
    expect(await world.json(["position"], 0)).to.include({
      staked: `${15_005n * (unit / 10n)}`,
      votes: `${15_005n * (unit / 10n)}`,
    });
    await world.json(["unstake", "500.5"], 0);
    expect((await world.refused(["withdraw"], 0)).details).to.include({ name: "StillUnbonding" });
    await world.json(["chain", "skip", "7d"]);
    expect((await world.json(["withdraw"], 0))["event"]).to.include({
      name: "Withdrawn",
      amount: `${5_005n * (unit / 10n)}`,
    });
    expect((await world.json(["unstake", "all"], 0))["event"]).to.include({ amount: `${1_000n * unit}` });
  });

  it("pays SLUICE to another account, and no more than there is", async () => {
    const [, , receiver] = await world.connection.ethers.getSigners();
    const to = receiver?.address ?? "";
    await world.json(["transfer", to, "12.5"], 0);
    expect(await world.json(["position", to])).to.include({ balance: `${125n * (unit / 10n)}` });
    expect((await world.refused(["transfer", to, "13"], 2)).details).to.include({ balance: `${125n * (unit / 10n)}` });
  });

  it("sends nothing in a dry run and prints the calls", async () => {
    const before = await world.json(["position"], 0);
    const dry = await world.json(["stake", "10", "--dry-run"], 0);
    expect(dry).to.include({ dryRun: true });
    expect(dry["calls"]).to.have.length(2);
    expect(await world.json(["position"], 0)).to.deep.equal(before);
  });

  it("delegates directly, and by a signature that somebody else submits, once", async () => {
    await world.json(["stake", "10"], 0);
    const [, delegatee] = await world.connection.ethers.getSigners();
    const to = delegatee?.address ?? "";
    const file = world.file("delegation.json");
    await world.json(["delegate", to, "--by-signature", "--out", file], 0);
    expect(await world.json(["position", to])).to.include({ votes: "0" });
    expect((await world.json(["submit-delegation", file], 5))["event"]).to.include({
      name: "DelegateChanged",
      toDelegate: to,
    });
    expect(await world.json(["position", to])).to.include({ votes: `${10n * unit}` });
    expect((await world.refused(["submit-delegation", file], 5)).code).to.equal("CONTRACT_REVERTED");
    const own = String((await world.json(["position"], 0))["account"]);
    await world.json(["delegate", own], 0);
    expect(await world.json(["position"], 0)).to.include({ votes: `${10n * unit}` });
  });

  it("takes a key from a file that only its owner reads, and never says what is in it", async () => {
    const secret = `0x${"5e".repeat(32)}`;
    const open = await world.write("open.key", secret, 0o644);
    const error = await world.refused(["position", "--key-file", open]);
    expect(error.code).to.equal("KEY_UNREADABLE");
    const wrong = await world.write("wrong.key", `${secret}5e`);
    const second = await world.refused(["position", "--key-file", wrong]);
    expect(second.code).to.equal("KEY_UNREADABLE");
    expect(JSON.stringify([error, second])).not.to.include("5e5e");
    const good = await world.write("good.key", secret);
    expect(await world.json(["position", "--key-file", good])).to.include({ balance: "0" });
    expect((await world.refused(["stake", "1", "--key-file", good])).code).to.equal("NOT_ENOUGH");
  });

  it("says what is wrong with a line and exits with 2, and with 1 where the world refuses", async () => {
    for (const line of [["stake"], ["stake", "1", "--foo"], ["frobnicate"], ["stake", "abc", "--account", "0"]]) {
      const { code, err } = await world.run(line);
      expect([code, err.split(" ")[0]]).to.deep.equal([2, "USAGE"]);
    }
    const nobody = await world.refused(["withdraw"]);
    expect(nobody.code).to.equal("ACCOUNT_MISSING");
    const away = await sluice(["position", "--account", "0", "--rpc", "http://127.0.0.1:9", "--json"]);
    expect([away.code, (JSON.parse(away.err) as { error: { code: string } }).error.code]).to.deep.equal([
      1,
      "RPC_UNAVAILABLE",
    ]);
    const { code, out } = await sluice(["--help"]);
    expect(code).to.equal(0);
    expect(out).to.include("sluice governance propose");
  });
});
