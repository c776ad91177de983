import { expect } from "chai";

import { fixture } from "../channels/world.ts";
import { networkHelpers, UNIT } from "../shared/suite.ts";
import { payFetch } from "../../sdk/src/pay402/index.ts";
import { closeServers, PRICE, startSeller } from "../sdk/seller.ts";

describe("C4: a seller counts a deposit when it is as deep as he wants it, and not after a reorganisation took it away", () => {
  afterEach(closeServers);

  async function scene(confirmations: number) {
    const world = await fixture();
    const seller = await startSeller(world, { sponsor: undefined!, confirmations, maxAgeSeconds: 0 });
    const wallet = { signer: world.payer, channels: world.channelSite, maxPerCall: PRICE, maxTotal: UNIT };
    const buy = payFetch({ ...wallet, openWith: { deposit: UNIT }, depositTimeoutMs: 0 });
    const call = async (): Promise<number> => {
      seller.clock.seconds += 2; // so that the chain is asked again
      return (await buy(`${seller.url}/weather`)).status;
    };
    return { world, seller, call };
  }

  it("serves nothing for a deposit of fewer blocks than he waits for, and serves from that block on", async () => {
    const { seller, call } = await scene(3);
    expect(await call(), "in the newest block").to.equal(402);
    await networkHelpers.mine(2);
    expect(await call(), "two blocks deep").to.equal(402);
    expect(seller.served()).to.equal(0);
    await networkHelpers.mine(1);
    expect(await call(), "three blocks deep").to.equal(200);
  });

  it("serves nothing once the deposit is gone", async () => {
    const { seller, call } = await scene(1);
    const before = await networkHelpers.takeSnapshot();
    expect(await call()).to.equal(402);
    await networkHelpers.mine(1);
    expect(await call()).to.equal(200);
    await before.restore();
    await networkHelpers.mine(5);
    expect(await call()).to.equal(402);
    expect(seller.served()).to.equal(1);
  });
});
