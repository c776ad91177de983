import { expect } from "chai";

import { cliWorld, type CliWorld } from "./support.ts";

describe("cli: referral codes", () => {
  let world: CliWorld;
  let [first, second] = ["", ""];
  before(async () => {
    world = await cliWorld();
    const [, , , one, two] = await world.connection.ethers.getSigners();
    [first, second] = [one?.address ?? "", two?.address ?? ""];
  });
  after(() => world.close());

  it("are taken by whoever comes first, and shown by their text and by what terms say", async () => {
    const taken = await world.json(["referral", "register", "acme_shop"], 3);
    expect(taken["event"]).to.include({ name: "CodeRegistered", owner: first, payout: first });
    const shown = await world.json(["referral", "show", "acme_shop"]);
    expect(shown).to.include({ code: "acme_shop", owner: first, payout: first, offeredTo: null });
    expect(await world.json(["referral", "show", String(shown["tag"])])).to.deep.equal(shown);
    const refused = await world.refused(["referral", "register", "acme_shop"], 4);
    expect(refused.code).to.equal("CODE_TAKEN");
    expect(refused.details).to.include({ owner: first });
  });

  it("pass to another account in two steps, who says where earnings go", async () => {
    await world.json(["referral", "payout", "acme_shop", second], 3);
    await world.json(["referral", "offer", "acme_shop", second], 3);
    expect(await world.json(["referral", "show", "acme_shop"])).to.include({ owner: first, offeredTo: second });
    await world.json(["referral", "accept", "acme_shop", "--payout", first], 4);
    const shown = await world.json(["referral", "show", "acme_shop"]);
    expect(shown).to.include({ owner: second, payout: first, offeredTo: null });
  });

  it("that nobody has, or that cannot be, are refused with what to do", async () => {
    expect((await world.refused(["referral", "show", "nobody_here"])).code).to.equal("CODE_UNKNOWN");
    expect((await world.refused(["referral", "register", "NO"], 3)).code).to.equal("REFERRAL_INVALID");
  });
});
