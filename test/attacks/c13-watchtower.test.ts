import { expect } from "chai";

import { channels } from "../../sdk/src/index.ts";
import { memoryStore, watchtower } from "../../sdk/src/paywall/index.ts";
import { fixture, HOUR } from "../channels/world.ts";
import { ethers, networkHelpers } from "../shared/suite.ts";
import { closeServers, payerWith, PRICE, startSeller } from "../sdk/seller.ts";

describe("C13: a seller who is away loses nothing that a watchtower holds", () => {
  afterEach(closeServers);

  it("the payer leaves while the seller is down, and the last voucher is paid within the window", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const { fetch: buy, wallet } = await payerWith(world, "C13 leaver");
    const tower = watchtower({
      ...{ site: world.channelSite, provider: ethers.provider, signer: world.stranger },
      store: memoryStore(),
    });
    for (let call = 0; call < 5; call += 1) await buy(`${seller.url}/weather`);
    const [{ id, terms } = { id: "", terms: undefined! }] = buy.purse();
    const record = await seller.store.find(id);
    expect(await tower.hold({ terms, cumulative: record!.signed, signature: record!.signature })).to.equal(true);
    await seller.close();

    await networkHelpers.setBalance(wallet.address, 10n ** 18n);
    const { event } = await channels.requestExit(wallet, world.channelSite, terms);
    expect((await tower.round()).paid).to.deep.equal([{ channel: id, cumulative: 5n * PRICE }]);
    await networkHelpers.time.increaseTo(event.closeAt + HOUR);
    await channels.finalizeExit(wallet, world.channelSite, terms);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(5n * PRICE);
  });
});
