import { packPayManyRows, signBounty } from "@sluice/sdk";
import { expect } from "chai";

import { fuzzRuns, random, type Random } from "../shared/random.ts";
import { setPolicy } from "../shared/moves.ts";
import { epochConfig, ethers, networkHelpers, UNIT } from "../shared/suite.ts";
import {
  attestRows,
  batchOf,
  channelOf,
  deployChannels,
  HOUR,
  queue,
  redeem,
  SCORE,
  termsOf,
  voucher,
  type Channel,
  type Channels,
} from "./world.ts";
import { openedFor, redeemBySession, sessionOf } from "./sessions.ts";

const seed = Number(process.env["SLUICE_TEST_SEED"] ?? 9_104);
const CHANNELS = 6;
const STEPS = 100;

/** A world whose token denies accounts at times, and channels of one payer in it, two of them with a session key. */
async function deployWalk() {
  const plain = await deployChannels();
  const token = await ethers.deployContract("DenyListToken");
  const address = await token.getAddress();
  const config = epochConfig(plain.keys, 2, address);
  const epoch = await ethers.deployContract("DirectEpoch", [config]);
  await setPolicy(plain, {}, epoch);
  for (const account of [plain.payer, plain.stranger]) {
    await token.mint(account.address, 100_000n * UNIT);
    await token.connect(account).approve(plain.channelSite.channels, 2n ** 255n);
  }
  // the walk reads balances and signs attestations of this token and epoch only
  const world = { ...plain, epoch, token: token as unknown as Channels["token"] };
  const channels: Channel[] = [];
  for (let salt = 1n; salt <= CHANNELS; salt += 1n) {
    const signer = salt > 4n ? world.stranger : world.payer;
    channels.push(channelOf(world, await termsOf(world, { salt, signer: signer.address, exitDelay: HOUR }), signer));
  }
  const now = await networkHelpers.time.latest();
  const session = await sessionOf(world, { token: address, start: now, expiry: now + 20 * 24 * HOUR, payees: [] });
  const sessionChannels: Channel[] = [];
  for (const payee of [world.payee.address, world.payer.address]) {
    sessionChannels.push(await openedFor(world, session, payee));
  }
  return { world, channels: [...channels, ...sessionChannels], denied: token, session, sessionChannels };
}

type Walk = Awaited<ReturnType<typeof deployWalk>> & { dice: Random };
type Step = (walk: Walk, channel: Channel) => Promise<unknown>;

const amountOf = ({ dice }: Walk): bigint => BigInt(1 + dice.below(30)) * UNIT;

/** An amount above what was paid, mostly within the deposit. */
async function nextOf(walk: Walk, { id }: Channel): Promise<bigint> {
  const { deposit, claimed } = await walk.world.channels.channel(id);
  const room = deposit > claimed ? deposit - claimed : 1n;
  return claimed + 1n + (walk.dice.bits(90) % (room + room / 8n + 1n));
}

const steps: Record<string, Step> = {
  open: ({ world, dice }, { packed }) =>
    world.channels.connect(world.payer).open(packed, BigInt(1 + dice.below(400)) * UNIT),
  topUp: (walk, { packed }) => walk.world.channels.connect(walk.world.stranger).topUp(packed, amountOf(walk)),
  redeem: async (walk, channel) => redeem(walk.world, channel, await nextOf(walk, channel)),
  attested: async (walk, channel) => {
    const cumulative = await nextOf(walk, channel);
    const score = walk.dice.pick([SCORE.Allow, SCORE.Allow, SCORE.Hold, SCORE.Block]);
    const attestation = await attestRows(walk.world, [{ channel: channel.id, cumulative }], score);
    return redeem(walk.world, channel, cumulative, { attestation });
  },
  batch: async (walk) => {
    const rows = [];
    for (const channel of walk.channels) rows.push([channel, await nextOf(walk, channel)] as const);
    const batch = await batchOf(walk.world, rows);
    const score = walk.dice.pick([SCORE.Allow, SCORE.Hold, undefined, undefined, undefined]);
    const attestation = score === undefined ? "0x" : await attestRows(walk.world, batch.list, score);
    return walk.world.channels.redeemMany(batch.header, batch.rows, attestation);
  },
  queue: async (walk, channel) => {
    return queue(
      walk.world,
      channel,
      await nextOf(walk, channel),
      walk.dice.pick([walk.world.payee, walk.world.stranger]),
    );
  },
  release: ({ world }, { packed }) => world.channels.release(packed),
  requestExit: ({ world }, { packed }) => world.channels.connect(world.payer).requestExit(packed),
  finalizeExit: ({ world }, { packed }) => world.channels.finalizeExit(packed),
  close: ({ world, dice }, { packed }) =>
    dice.below(4) === 0 ? world.channels.connect(world.payee).close(packed) : Promise.resolve(),
  wait: ({ dice }) => networkHelpers.time.increase(1 + dice.below(20) * HOUR),
  deny: ({ world, denied, dice }) =>
    denied.setDenied(dice.pick([world.payer, world.payee]).address, dice.below(2) === 0),
  sweep: async ({ world, denied, dice }) =>
    world.channels.sweep(await denied.getAddress(), dice.pick([world.payer, world.payee]).address),
  fund: async (walk) =>
    walk.world.channels
      .connect(walk.world.stranger)
      .fund(
        await walk.denied.getAddress(),
        walk.dice.pick([walk.world.payer, walk.world.payee]).address,
        amountOf(walk),
      ),
  openFromCredit: (walk, { packed }) =>
    walk.world.channels.connect(walk.world.payer).openSigned(packed, amountOf(walk), 1, 0, "0x", "0x"),
  topUpFromCredit: (walk, { packed }) =>
    walk.world.channels
      .connect(walk.dice.pick([walk.world.payer, walk.world.payee]))
      .topUpFromCredit(packed, amountOf(walk)),
  payMany: async (walk) => {
    const { world, dice } = walk;
    const token = await walk.denied.getAddress();
    const account = dice.pick([world.payer, world.payee]);
    const list = [world.payer, world.payee, world.payee].map(({ address }) => ({
      payee: address,
      amount: amountOf(walk) / 8n,
    }));
    const sequence = BigInt(1 + dice.below(30));
    const header = { account: account.address, token, sequence, deadline: 2 ** 40 - 1 };
    return world.channels.connect(account).payMany(header, packPayManyRows(list), "0x", "0x");
  },
  refill: async ({ world, denied, dice }) =>
    world.channels.requestRefill(await denied.getAddress(), dice.pick([world.payer, world.payee]).address),
  session: async (walk) => {
    const { world, session, sessionChannels, dice } = walk;
    const channel = dice.pick(sessionChannels);
    return redeemBySession(world, session, channel, await nextOf(walk, channel));
  },
  move: ({ world, dice }, { packed }) =>
    dice.below(6) === 0
      ? world.channels.connect(world.payee).movePayee(packed, world.payer.address)
      : Promise.resolve(),
  bounty: async (walk, channel) => {
    const { world } = walk;
    const token = await walk.denied.getAddress();
    const bounty = { payee: world.payee.address, token, feeBps: 100, largest: UNIT, deadline: 2 ** 40 - 1 };
    const cumulative = await nextOf(walk, channel);
    const signature = await voucher(world, channel, cumulative);
    const promise = await signBounty(world.payee, bounty, world.channelSite);
    return world.channels
      .connect(world.payee)
      .redeemForBounty(channel.packed, cumulative, signature, "0x", bounty, promise);
  },
};

/** What the session may have paid by now: a cap for each period that began. */
async function sessionAllows({ session }: Walk): Promise<bigint> {
  const now = Math.min(await networkHelpers.time.latest(), session.expiry);
  return session.capPerPeriod * BigInt(1 + Math.floor((now - session.start) / session.period));
}

async function owedOf(walk: Walk): Promise<bigint> {
  const { world, channels, denied } = walk;
  let owed = 0n;
  for (const { id } of channels) {
    const { deposit, claimed } = await world.channels.channel(id);
    expect(claimed <= deposit, "no channel has paid more than its deposit").to.equal(true);
    const { cumulative } = await world.channels.queueOf(id);
    expect(cumulative <= deposit, "nothing waits that is not there").to.equal(true);
    owed += deposit - claimed;
  }
  const token = await denied.getAddress();
  for (const { address } of [world.payer, world.payee]) owed += await world.channels.credit(token, address);
  let bySession = 0n;
  for (const { id } of walk.sessionChannels) bySession += (await world.channels.channel(id)).claimed;
  expect(bySession <= (await sessionAllows(walk)), "a session pays a cap a period at most").to.equal(true);
  return owed;
}

/** Every node dead from here on: nothing below uses an attestation. */
async function drain(walk: Walk): Promise<void> {
  const { world, channels, denied } = walk;
  for (const who of [world.payer, world.payee]) await denied.setDenied(who.address, false);
  const calls = world.channels.connect(world.payer);
  const tried = (call: Promise<unknown>): Promise<unknown> => call.catch(() => undefined);
  for (const { packed } of channels) await tried(calls.requestExit(packed));
  await networkHelpers.time.increase(40 * 24 * HOUR);
  for (const { packed } of channels) {
    await tried(calls.release(packed));
    await tried(calls.finalizeExit(packed));
  }
  for (const who of [world.payer, world.payee]) await tried(calls.sweep(await denied.getAddress(), who.address));
}

describe("PaymentChannels: invariants", () => {
  for (let walkNumber = 0; walkNumber < fuzzRuns(3); walkNumber += 1) {
    const walkSeed = seed + walkNumber;
    it(`solvency: Σ (deposit − claimed) + Σ credits = balance; and all is out when every node is dead (seed ${walkSeed})`, async () => {
      const walk: Walk = { ...(await networkHelpers.loadFixture(deployWalk)), dice: random(walkSeed) };
      const names = [...Object.keys(steps), "open", "open", "redeem", "batch", "attested"];
      const done: Record<string, number> = {};
      for (const { packed } of walk.channels.slice(0, 3)) {
        await walk.world.channels.connect(walk.world.payer).open(packed, 200n * UNIT);
      }
      for (let step = 0; step < STEPS; step += 1) {
        const name = walk.dice.pick(names);
        const worked = await (steps[name] as Step)(walk, walk.dice.pick(walk.channels)).then(
          () => true,
          () => false,
        );
        if (worked) done[name] = (done[name] ?? 0) + 1;
        const balance = await walk.world.token.balanceOf(walk.world.channelSite.channels);
        expect(await owedOf(walk), `seed ${walkSeed}, step ${step}: ${name}`).to.equal(balance);
      }
      expect(Object.keys(done).length, "kinds of steps that worked").to.be.at.least(5);
      await drain(walk);
      expect(await walk.world.token.balanceOf(walk.world.channelSite.channels), `seed ${walkSeed}: left`).to.equal(0n);
    });
  }
});
