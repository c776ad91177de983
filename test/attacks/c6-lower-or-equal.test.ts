import { expect } from "chai";

import { UNIT } from "../shared/suite.ts";
import { batchOf, expectRefused, fixture, opened, queue, redeem, stateOf } from "../channels/world.ts";
import { inOneBlock } from "../shared/gate.ts";

describe("C6: a voucher that names no more than was paid is worth nothing", () => {
  it("is refused lower and equal, signed or not, by redeem and queue", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await redeem(world, channel, 5n * UNIT);
    for (const amount of [5n * UNIT, 5n * UNIT - 1n, 1n, 0n]) {
      for (const signature of [undefined, "0x", `0x${"11".repeat(65)}`]) {
        const act = () => redeem(world, channel, amount, signature === undefined ? {} : { signature });
        await expectRefused(world, channel, act, "VoucherNotHigher", [amount, 5n * UNIT]);
      }
      await expectRefused(world, channel, () => queue(world, channel, amount), "VoucherNotHigher", [amount, 5n * UNIT]);
    }
  });

  it("is paid once when it is submitted twice in one block", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const batch = await batchOf(world, [[channel, 5n * UNIT]]);
    const submit = (by: typeof world.payee) => () =>
      world.channels.connect(by).redeemMany(batch.header, batch.rows, "0x", { gasLimit: 500_000 });
    await inOneBlock([submit(world.payee), submit(world.stranger)]);
    expect((await stateOf(world, channel)).claimed).to.equal(5n * UNIT);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(5n * UNIT);
  });
});
