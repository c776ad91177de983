import { signVoucher } from "@sluice/sdk";
import { expect } from "chai";

import { ethers, UNIT } from "../shared/suite.ts";
import {
  DEPOSIT,
  expectRefused,
  fixture,
  HOUR,
  opened,
  redeem,
  stateOf,
  voucher,
  type Channel,
} from "../channels/world.ts";
import { networkHelpers } from "../shared/suite.ts";

describe("C5: a voucher counts on one contract, one chain and one opening", () => {
  it("is refused by another deployment, where the same terms are another channel", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const signature = await voucher(world, channel, UNIT);
    const deployed = await ethers.deployContract("PaymentChannels", [await world.gate.getAddress()]);
    const channels = await ethers.getContractAt("IPaymentChannels", await deployed.getAddress());
    const there = { ...world, channels, channelSite: { ...world.channelSite, channels: await channels.getAddress() } };
    await world.token.connect(world.payer).approve(there.channelSite.channels, DEPOSIT);
    const twin = await opened(there);
    expect(twin.id).not.to.equal(channel.id);
    const act = () => redeem(there, twin, UNIT, { signature });
    await expectRefused(there, twin, act, "VoucherSignatureInvalid", [twin.id, world.payer.address]);
  });

  it("is refused when it was signed for another chain", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const elsewhere = { ...world.channelSite, chainId: world.chainId + 1n };
    const signature = await signVoucher(world.payer, channel.id, UNIT, elsewhere);
    const act = () => redeem(world, channel, UNIT, { signature });
    await expectRefused(world, channel, act, "VoucherSignatureInvalid", [channel.id, world.payer.address]);
  });

  it("is refused for another channel of the same parties", async () => {
    const world = await fixture();
    const channel = await opened(world, { salt: 1n });
    const other = await opened(world, { salt: 2n });
    const signature = await voucher(world, channel, UNIT);
    const act = () => redeem(world, other, UNIT, { signature });
    await expectRefused(world, other, act, "VoucherSignatureInvalid", [other.id, world.payer.address]);
  });

  const endings = {
    "the payee's close": async (world, packed) => {
      await world.channels.connect(world.payee).close(packed);
    },
    "the payer's exit": async (world, packed) => {
      await world.channels.connect(world.payer).requestExit(packed);
      await networkHelpers.time.increase(25 * HOUR);
      await world.channels.finalizeExit(packed);
    },
  } satisfies Record<string, (world: Awaited<ReturnType<typeof fixture>>, packed: Channel["packed"]) => Promise<void>>;
  for (const [ending, act] of Object.entries(endings)) {
    it(`finds its channel's id used up after ${ending}`, async () => {
      const world = await fixture();
      const channel = await opened(world);
      await redeem(world, channel, UNIT);
      const unused = await voucher(world, channel, 2n * UNIT);
      await act(world, channel.packed);
      const reopen = () => world.channels.connect(world.payer).open(channel.packed, DEPOSIT);
      await expectRefused(world, channel, reopen, "ChannelExists", [channel.id]);
      const late = () => redeem(world, channel, 2n * UNIT, { signature: unused });
      await expectRefused(world, channel, late, "ChannelNotOpen", [channel.id]);
      const add = () => world.channels.connect(world.payer).topUp(channel.packed, 1n);
      await expectRefused(world, channel, add, "ChannelNotOpen", [channel.id]);
      expect((await stateOf(world, channel)).closed).to.equal(true);
    });
  }
});
