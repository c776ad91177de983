import { packRows, type SkippedRow } from "@sluice/sdk";
import { expect } from "chai";
import { concat } from "ethers";

import { fuzzRuns, random, type Random } from "../shared/random.ts";
import { ethers, networkHelpers } from "../shared/suite.ts";
import { channelsOf, eventsOf } from "./batches.ts";
import {
  attestOne,
  batchOf,
  channelOf,
  DEPOSIT,
  fixture,
  holdings,
  opened,
  redeem,
  SCORE,
  stateOf,
  termsOf,
  voucher,
  type Channel,
  type Channels,
} from "./world.ts";

/** What `redeem` says about a row on its own, in the batch's words. */
const PROBLEM_OF: Record<string, SkippedRow["problem"]> = {
  ChannelNotOpen: "NotOpen",
  PayoutBlocked: "Blocked",
  VoucherNotHigher: "NotHigher",
  VoucherExceedsDeposit: "ExceedsDeposit",
  ExitWindowClosed: "WindowClosed",
  VoucherSignatureInvalid: "BadSignature",
  AttestationNeeded: "NeedsAttestation",
};

async function problemAlone(world: Channels, channel: Channel, cumulative: bigint, signature: string) {
  try {
    await redeem(world, channel, cumulative, { signature });
    return "None";
  } catch (thrown) {
    const found = Object.keys(PROBLEM_OF).find((name) => String(thrown).includes(name));
    if (found === undefined) throw thrown;
    return PROBLEM_OF[found];
  }
}

type Drawn = { channel: Channel; cumulative: bigint; signature: string };

/** A voucher that is good, or wrong in some way; channels in every state come from the caller. */
async function draw(world: Channels, dice: Random, channels: readonly Channel[]): Promise<Drawn> {
  const channel = dice.pick(channels);
  const amounts = [
    dice.bits(66),
    DEPOSIT,
    DEPOSIT + 1n,
    0n,
    1n,
    (await stateOf(world, channel)).claimed,
    2n ** 96n - 1n,
  ];
  const cumulative = dice.pick(amounts);
  const signer = dice.below(8) === 0 ? { ...channel, signer: world.stranger } : channel;
  const signature = await voucher(world, signer, dice.below(8) === 0 ? cumulative ^ 1n : cumulative);
  return { channel, cumulative, signature };
}

describe("PaymentChannels.redeemMany: against redeem, row by row", () => {
  const seed = Number(process.env["SLUICE_TEST_SEED"] ?? 7_301);

  it(`pays and refuses the same rows for the same reasons (seed ${seed})`, async () => {
    const world = await fixture();
    const dice = random(seed);
    const channels = await channelsOf(world, 5);
    channels.push(
      await opened(world, { salt: 3n }, 300n * 10n ** 18n),
      channelOf(world, await termsOf(world, { salt: 77n })),
    );
    const [blocked, closed, leaving, left, both] = await Promise.all(
      [10n, 11n, 12n, 13n, 14n].map(async (salt) => channelOf(world, await termsOf(world, { salt }))),
    );
    for (const one of [blocked, closed, leaving, left, both] as Channel[]) {
      await world.channels.connect(world.payer).open(one.packed, DEPOSIT);
      channels.push(one);
    }
    await world.channels.connect(world.payer).requestExit((left as Channel).packed);
    await networkHelpers.time.increase(24 * 3_600);
    await world.channels.connect(world.payer).requestExit((leaving as Channel).packed);
    await world.channels.connect(world.payee).close((closed as Channel).packed);
    await world.channels.connect(world.payer).requestExit((both as Channel).packed);
    for (const one of [blocked, both] as Channel[]) {
      await redeem(world, one, 1n, { attestation: await attestOne(world, one, 1n, SCORE.Block) });
    }
    for (let run = 0; run < fuzzRuns(8); run += 1) {
      const drawn: Drawn[] = [];
      for (let index = 0; index < 12; index += 1) drawn.push(await draw(world, dice, channels));
      const packed = drawn.map(({ channel, cumulative, signature }) =>
        packRows([{ terms: channel.terms, cumulative, signature }], world.channelSite),
      );
      const rows = concat(packed.map((one) => one.rows));
      const header = { ...(packed[0]?.header as (typeof packed)[number]["header"]) };
      const before = await networkHelpers.takeSnapshot();
      const alone = [];
      for (const { channel, cumulative, signature } of drawn)
        alone.push(await problemAlone(world, channel, cumulative, signature));
      const expected = await Promise.all(channels.map((channel) => world.channels.channel(channel.id)));
      const balances = await holdings(world);
      await before.restore();
      const tx = await world.channels.redeemMany(header, rows, "0x");
      const { rows: kept, report } = await eventsOf(world, tx, "BatchRedeemed");
      const together = drawn.map((_, index) => report.find((row) => row.index === index)?.problem ?? "None");
      const message = `seed ${seed}, run ${run}`;
      // a batch says why at its end, when a later row of the same channel may have been paid
      const overtaken = drawn.map(({ channel }, index) =>
        drawn.some((later, place) => place > index && later.channel === channel && together[place] === "None"),
      );
      const said = alone.map((problem, index) =>
        problem === "BadSignature" && overtaken[index] && together[index] === "NotHigher" ? "NotHigher" : problem,
      );
      expect(together, message).to.deep.equal(said);
      expect(await Promise.all(channels.map((channel) => world.channels.channel(channel.id))), message).to.deep.equal(
        expected,
      );
      expect(await holdings(world), message).to.deep.equal(balances);
      const good = drawn.filter((_, index) => together[index] === "None");
      const rowsPaid = good.map(({ channel, cumulative }) => ({ channel: channel.id, cumulative }));
      expect(kept, message).to.deep.equal(rowsPaid);
    }
  });

  it("costs each of a hundred payers' vouchers less than 12,100 gas once caps are loaded", async () => {
    const world = await fixture();
    const channels = await channelsOf(world, 100);
    await world.token.mint(world.payee.address, 1n);
    let gas = 0n;
    for (const step of [1n, 2n]) {
      const cumulative = step * 1_234_567_891_234_567_891n;
      const batch = await batchOf(
        world,
        channels.map((channel) => [channel, cumulative] as const),
      );
      const tx = await world.channels.connect(world.payee).redeemMany(batch.header, batch.rows, "0x");
      gas = (await ethers.provider.getTransactionReceipt(tx.hash))?.gasUsed ?? 0n;
    }
    expect(Number(gas) / 100).to.be.lessThan(12_100);
  });
});
