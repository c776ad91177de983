import { expect } from "chai";

import { channels } from "../../sdk/src/index.ts";
import { siteKey, voucherRedeemer } from "../../sdk/src/paywall/index.ts";
import { fixture, HOUR } from "../channels/world.ts";
import { ethers, networkHelpers } from "../shared/suite.ts";
import { closeServers, payerWith, PRICE, startSeller } from "../sdk/seller.ts";

describe("C1: a seller accepts no voucher that he could not redeem before the channel closes", () => {
  afterEach(closeServers);

  it("serves in the exit window until the margin, refuses from then on, and redeems what he accepted", async () => {
    const world = await fixture();
    const seller = await startSeller(world, { closeMarginSeconds: 2 * HOUR });
    const { fetch: buy, wallet } = await payerWith(world, "C1 leaver");
    await buy(`${seller.url}/weather`);
    const [channel] = buy.purse();
    await networkHelpers.setBalance(wallet.address, 10n ** 18n);
    const { event } = await channels.requestExit(wallet, world.channelSite, channel!.terms);

    seller.clock.seconds = event.closeAt - 2 * HOUR - 1;
    expect((await buy(`${seller.url}/weather`)).status).to.equal(200);
    expect(buy.purse(), "still on the first channel").to.have.length(1);
    seller.clock.seconds = event.closeAt - 2 * HOUR;
    const { fetch: stubborn } = await payerWith(world, "C1 leaver", { purse: buy.purse(), openWith: { deposit: 0n } });
    const refused = await stubborn(`${seller.url}/weather`).catch((error: unknown) => error);
    expect(refused instanceof Response ? refused.status : 402).to.equal(402);
    expect(seller.served()).to.equal(2);

    const { store } = seller;
    const redeemer = voucherRedeemer({
      site: world.channelSite,
      provider: ethers.provider,
      signer: world.payee,
      store,
    });
    expect((await redeemer.round()).paid).to.deep.equal([{ channel: channel!.id, cumulative: 2n * PRICE }]);
    await networkHelpers.time.increaseTo(event.closeAt);
    await channels.finalizeExit(wallet, world.channelSite, channel!.terms);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(2n * PRICE);
    const [record] = await store.all(siteKey(world.channelSite));
    expect(record?.redeemed).to.equal(record?.signed);
  });
});
