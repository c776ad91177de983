import { packSession } from "@sluice/sdk";
import { expect } from "chai";
import { id as keccakText } from "ethers";

import { ethers, UNIT } from "../shared/suite.ts";
import { withToken } from "../shared/moves.ts";
import { batchOf, channelOf, fixture, termsOf, voucher, type Channel, type Channels } from "./world.ts";
import { sessionOf } from "./sessions.ts";

const LOCKED = keccakText("ReentrancyGuardReentrantCall()").slice(0, 10);

async function everyCall(world: Channels, channel: Channel, other: Channel): Promise<string[]> {
  const { interface: abi } = world.channels;
  const { packed } = channel;
  const signature = await voucher(world, channel, 2n * UNIT);
  const batch = await batchOf(world, [[channel, 2n * UNIT]]);
  const word = `0x${"11".repeat(32)}`;
  const { payer, payee, token } = channel.terms;
  const session = packSession(await sessionOf(world, { payer, token, payees: [] }));
  const bounty = { payee, token, feeBps: 1, largest: 1n, deadline: 2n ** 40n - 1n };
  const header = { account: payer, token, sequence: 1n, deadline: 2n ** 40n - 1n };
  return [
    abi.encodeFunctionData("open", [other.packed, UNIT]),
    abi.encodeFunctionData("openWithAuthorization", [other.packed, UNIT, 1n, "0x"]),
    abi.encodeFunctionData("topUp", [packed, UNIT]),
    abi.encodeFunctionData("topUpWithAuthorization", [packed, channel.terms.payee, UNIT, 1n, 1n, "0x"]),
    abi.encodeFunctionData("redeem", [packed, 2n * UNIT, signature, "0x"]),
    abi.encodeFunctionData("redeemMany", [batch.header, batch.rows, "0x"]),
    abi.encodeFunctionData("queue", [packed, 2n * UNIT, signature]),
    abi.encodeFunctionData("release", [packed]),
    abi.encodeFunctionData("requestExit", [packed]),
    abi.encodeFunctionData("finalizeExit", [packed]),
    abi.encodeFunctionData("close", [packed]),
    abi.encodeFunctionData("coopClose", [packed, 0n, 2n ** 40n - 1n, "0x", "0x", "0x"]),
    abi.encodeFunctionData("sweep", [channel.terms.token, channel.terms.payee]),
    abi.encodeFunctionData("openGasless", [other.packed, UNIT, 1n, word, word]),
    abi.encodeFunctionData("openWithPermit2", [other.packed, UNIT, 1n, word]),
    abi.encodeFunctionData("openSigned", [other.packed, UNIT, 1, 1n, "0x", "0x"]),
    abi.encodeFunctionData("topUpFromCredit", [packed, UNIT]),
    abi.encodeFunctionData("closeAgreed", [packed, 0n, 2n ** 40n - 1n, word, word]),
    abi.encodeFunctionData("redeemBySession", [packed, UNIT, session, signature, "0x"]),
    abi.encodeFunctionData("queueBySession", [packed, UNIT, session, signature]),
    abi.encodeFunctionData("revokeSession", [session]),
    abi.encodeFunctionData("redeemForBounty", [packed, UNIT, signature, "0x", bounty, "0x"]),
    abi.encodeFunctionData("movePayee", [packed, channel.terms.payer]),
    abi.encodeFunctionData("fund", [channel.terms.token, channel.terms.payer, UNIT]),
    abi.encodeFunctionData("payMany", [header, word, "0x", "0x"]),
    abi.encodeFunctionData("requestRefill", [channel.terms.token, channel.terms.payer]),
  ];
}

describe("PaymentChannels: hook tokens re-enter nothing", () => {
  it("refuses every function to an account told of a deposit and of a payout", async () => {
    const plain = await fixture();
    const token = await ethers.deployContract("HookToken");
    const address = await token.getAddress();
    const world = { ...plain, epoch: (await withToken(plain, address)).epoch };
    const actor = await ethers.deployContract("ActorAccount", [world.payer.address]);
    const self = await actor.getAddress();
    await token.mint(self, 1_000n * UNIT);
    await actor.execute(address, token.interface.encodeFunctionData("register"));
    await actor.execute(
      address,
      token.interface.encodeFunctionData("approve", [world.channelSite.channels, 2n ** 255n]),
    );
    const terms = await termsOf(world, { token: address, payer: self, payee: self, signer: world.payer.address });
    const [channel, other] = [channelOf(world, terms), channelOf(world, { ...terms, salt: 5n })];
    const calls = await everyCall(world, channel, other);
    for (const call of calls) await actor.prepare(true, world.channelSite.channels, call);
    for (const call of calls) await actor.prepare(false, world.channelSite.channels, call);
    const expected = calls.map(() => [false, LOCKED]);
    const attempts = async (block: number | null) =>
      (await actor.queryFilter(actor.filters.Attempt(), block ?? 0, block ?? 0)).map(({ args }) => [
        args.success,
        args.answer,
      ]);
    const open = world.channels.interface.encodeFunctionData("open", [channel.packed, 10n * UNIT]);
    const tx = await actor.execute(world.channelSite.channels, open);
    expect(await attempts(tx.blockNumber)).to.deep.equal(expected);
    const paid = await world.channels.redeem(channel.packed, UNIT, await voucher(world, channel, UNIT), "0x");
    expect(await attempts(paid.blockNumber)).to.deep.equal(expected);
    const batch = await batchOf(world, [[channel, 2n * UNIT]]);
    const many = await world.channels.redeemMany(batch.header, batch.rows, "0x");
    expect(await attempts(many.blockNumber)).to.deep.equal(expected);
    const close = world.channels.interface.encodeFunctionData("close", [channel.packed]);
    const closed = await actor.execute(world.channelSite.channels, close);
    expect(await attempts(closed.blockNumber)).to.deep.equal(expected);
    expect(await token.balanceOf(self)).to.equal(1_000n * UNIT);
  });
});
