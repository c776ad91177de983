import { decodeReport } from "@sluice/sdk";
import { expect } from "chai";

import { UNIT } from "../shared/suite.ts";
import { batchOf, DEPOSIT, fixture, opened, redeem, stateOf } from "../channels/world.ts";

describe("C9: a voucher above the deposit burns nothing", () => {
  it("is left out of a batch and paid whole after a top-up", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const batch = await batchOf(world, [[channel, DEPOSIT + 5n * UNIT]]);
    const { report } = await world.channels.redeemMany.staticCall(batch.header, batch.rows, "0x");
    expect(decodeReport(report)).to.deep.equal([{ index: 0, problem: "ExceedsDeposit" }]);
    await world.channels.redeemMany(batch.header, batch.rows, "0x");
    await expect(redeem(world, channel, DEPOSIT + 5n * UNIT)).to.be.revertedWithCustomError(
      world.channels,
      "VoucherExceedsDeposit",
    );
    expect(await stateOf(world, channel)).to.include({ claimed: 0n, deposit: DEPOSIT });
    await world.channels.connect(world.payer).topUp(channel.packed, 5n * UNIT);
    await world.channels.redeemMany(batch.header, batch.rows, "0x");
    expect(await world.token.balanceOf(world.payee.address)).to.equal(DEPOSIT + 5n * UNIT);
  });
});
