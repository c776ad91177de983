import { decodeReport, decodeRows } from "@sluice/sdk";
import { expect } from "chai";

import { networkHelpers, UNIT } from "../shared/suite.ts";
import {
  attestOne,
  batchOf,
  channelOf,
  fixture,
  HOUR,
  opened,
  openedGasless,
  redeem,
  SCORE,
  termsOf,
} from "../channels/world.ts";

describe("C3: one bad row does not spoil the batch", () => {
  it("pays the good rows and says of each other one what is wrong", async () => {
    const world = await fixture();
    const [good, also, foreign, blocked, left, spent, big] = await Promise.all(
      [1n, 2n, 3n, 4n, 5n, 6n, 7n].map(async (salt) => channelOf(world, await termsOf(world, { salt }))),
    );
    if (!good || !also || !foreign || !blocked || !left || !spent || !big) throw new Error("seven channels needed");
    for (const one of [good, also, foreign, blocked, left, spent]) await opened(world, one.terms);
    await opened(world, big.terms, 500n * UNIT);
    await redeem(world, blocked, 1n, { attestation: await attestOne(world, blocked, 1n, SCORE.Block) });
    await redeem(world, spent, 5n * UNIT);
    await world.channels.connect(world.payer).requestExit(left.packed);
    await networkHelpers.time.increase(25 * HOUR);
    const unopened = channelOf(world, await termsOf(world, { salt: 8n }));
    const rows = [
      [good, UNIT, undefined],
      [also, 2n * UNIT, undefined],
      [{ ...foreign, signer: world.stranger }, UNIT, "BadSignature"],
      [blocked, UNIT, "Blocked"],
      [left, UNIT, "WindowClosed"],
      [spent, 5n * UNIT, "NotHigher"],
      [big, 400n * UNIT, "NeedsAttestation"],
      [unopened, UNIT, "NotOpen"],
      [await openedGasless(world, "poor payer", UNIT), UNIT + 1n, "ExceedsDeposit"],
    ] as const;
    const batch = await batchOf(
      world,
      rows.map(([channel, cumulative]) => [channel, cumulative] as const),
    );
    const { paid, report } = await world.channels.redeemMany.staticCall(batch.header, batch.rows, "0x");
    expect(paid).to.equal(3n * UNIT);
    const tx = await world.channels.redeemMany(batch.header, batch.rows, "0x");
    const problems = decodeReport(report).map(({ index, problem }) => [batch.list[index]?.channel, problem]);
    const expected = rows.filter(([, , problem]) => problem !== undefined).map(([{ id }, , problem]) => [id, problem]);
    expect(Object.fromEntries(problems)).to.deep.equal(Object.fromEntries(expected));
    await expect(tx)
      .to.emit(world.channels, "RowsSkipped")
      .withArgs(world.payee.address, await world.token.getAddress(), report);
    const [event] = await world.channels.queryFilter(world.channels.filters.BatchRedeemed(), tx.blockNumber ?? 0);
    const kept = decodeRows(event?.args.rows ?? "0x").map(({ channel }) => channel);
    expect(new Set(kept)).to.deep.equal(new Set([good.id, also.id]));
    expect(await world.token.balanceOf(world.payee.address)).to.equal(8n * UNIT);
    expect((await world.channels.channel(unopened.id)).open).to.equal(false);
  });
});
