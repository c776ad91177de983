import { expect } from "chai";

import { asTimelock, council, now, type Council } from "../governance/council.ts";
import { at, capture, post, setPolicy } from "../shared/moves.ts";
import { expectRefused, stateOf, timerOf } from "../shared/state.ts";
import {
  attest,
  authorized,
  BAND,
  DAY,
  deploySuite,
  networkHelpers,
  POLICY,
  UNIT,
  type Authorized,
  type AttestOptions,
} from "../shared/suite.ts";

const BLOCKS = 50_400; // seven days of a chain with a block each 12 s
const print = (line: string) => process.stdout.write(`    ${line}\n`);

/** A guardian of the policy who has just been captured, and a payment from before. */
async function captured() {
  const c = await council();
  await c.registry
    .connect(await asTimelock(c))
    .setGuardian(c.guardian.address, (await now()) + 90n * BigInt(DAY), BLOCKS);
  return { c, registry: c.registry.connect(c.guardian) };
}

/** Share of honest payments with each band; their scores are even over 0 to 10,000 by construction. */
function shares(holdAt: number, blockAt: number): { allow: number; hold: number; block: number } {
  return { allow: holdAt / 100, hold: (blockAt - holdAt) / 100, block: (10_000 - blockAt) / 100 };
}

async function bandOf(c: Council, payment: Authorized, options: AttestOptions): Promise<bigint> {
  await post(c.suite, payment, options);
  return (await stateOf(c.suite, payment.id)).band;
}

describe("A22: a captured guardian tightens as far as he can", () => {
  it("and delays a fifth of honest payments for some days, blocks none that the vote allows", async () => {
    const { c, registry } = await captured();
    await expect(registry.tighten(0, 0)).to.be.revertedWithCustomError(c.registry, "ParameterOutOfBounds");
    await expect(registry.tighten(8_000, 9_000)).to.be.revertedWithCustomError(c.registry, "BlocksTheAllowed");
    await registry.tighten(8_000, POLICY.holdAt);
    const bands: Record<number, bigint> = {};
    for (const [index, score] of [7_999, 8_000, 9_699, 9_700, 9_949, 9_950].entries()) {
      bands[score] = await bandOf(c, await authorized(c.suite, { salt: BigInt(index) + 1n }), { score });
    }
    expect(bands).to.deep.equal({
      7_999: BAND.Allow,
      8_000: BAND.Hold,
      9_699: BAND.Hold, // allowed by the vote: held, never blocked
      9_700: BAND.Block, // held by the vote
      9_949: BAND.Block,
      9_950: BAND.Block,
    });
    const [before, worst] = [shares(POLICY.holdAt, POLICY.blockAt), shares(8_000, POLICY.holdAt)];
    print(`honest payments as voted: ${before.allow} % allowed, ${before.hold} % held, ${before.block} % blocked`);
    print(
      `at the guardian's worst: ${worst.allow} % allowed, ${worst.hold} % held, ${worst.block} % blocked, for ${BLOCKS} blocks, once`,
    );
    expect([worst.allow, worst.block]).to.deep.equal([80, 3]);
  });

  it("and cannot delay a new payment for longer than the voted Hold, which the payee then captures", async () => {
    const { c, registry } = await captured();
    await registry.tighten(8_000, 9_700);
    const payment = await authorized(c.suite);
    await post(c.suite, payment, { score: 9_699 });
    const { opensAt } = await timerOf(c.suite, payment.id);
    const waits = opensAt - (await now());
    await at(opensAt);
    await capture(c.suite, payment);
    expect(await c.suite.token.balanceOf(c.suite.payee.address)).to.equal(100n * UNIT);
    print(`a held payment of 100 waits ${waits / 3_600n} h and is paid`);
    expect(waits).to.equal(BigInt(POLICY.holdDelay));
  });

  it("and touches no payment that is authorized: posted, attested or not yet, nor by anybody's tighten", async () => {
    const { c, registry } = await captured();
    const [posted, fresh] = [await authorized(c.suite, { salt: 1n }), await authorized(c.suite, { salt: 2n })];
    await post(c.suite, posted, { score: 9_000 });
    await registry.tighten(8_000, 9_700);
    const tighten = (payment: Authorized, attestation: string) => () =>
      c.suite.escrow.connect(c.suite.stranger).tighten(payment.packed, attestation, "0x");
    const refusal = (payment: Authorized) => [payment.id, BAND.Allow] as const;
    await expectRefused(c.suite, posted, tighten(posted, "0x"), c.suite.escrow, "AlreadyScreened", [
      ...refusal(posted),
    ]);
    const attestation = await attest(c.suite, fresh, { score: 9_699 });
    await expectRefused(c.suite, fresh, tighten(fresh, attestation), c.suite.escrow, "AlreadyScreened", [
      ...refusal(fresh),
    ]);
    await capture(c.suite, posted);
    await capture(c.suite, fresh, { attestation });
    expect(await c.suite.token.balanceOf(c.suite.payee.address)).to.equal(200n * UNIT);
  });

  it("and no channel's batch, which is judged by what was voted last", async () => {
    const { c, registry } = await captured();
    await registry.tighten(8_000, 9_700);
    await networkHelpers.mine(2 * POLICY.stride);
    const asOf = Number(await c.gate.batchAsOf());
    const subject = `0x${"ba".repeat(32)}`;
    const bands = [];
    for (const score of [9_699, 9_700, 9_949]) {
      const attestation = await attest(c.suite, { id: subject, block: asOf }, { score });
      const verdict = await c.gate.evaluateBatch.staticCall(
        subject,
        await c.suite.token.getAddress(),
        UNIT,
        attestation,
      );
      bands.push((verdict >> 16n) & 0xffn);
    }
    expect(bands).to.deep.equal([BAND.Allow, BAND.Hold, BAND.Hold]);
  });

  it("and it is over by itself in the block that was voted, with every account but the payee's asleep", async () => {
    const { c, registry } = await captured();
    const tx = await registry.tighten(8_000, 9_700);
    await networkHelpers.mine(BLOCKS, { interval: 12 });
    const payment = await authorized(c.suite);
    expect(payment.block).to.be.greaterThan((tx.blockNumber ?? 0) + BLOCKS);
    await capture(c.suite, payment, { attestation: await attest(c.suite, payment, { score: 9_699 }) });
    await expect(registry.tighten(8_000, 9_700)).to.be.revertedWithCustomError(c.registry, "GuardianSpent");
    const term = await c.registry.guardian();
    expect(term.spent).to.equal(true);
  });

  it("and is undone by a vote that ends it or sets other thresholds, before its time", async () => {
    const { c, registry } = await captured();
    await registry.tighten(8_000, 9_700);
    await c.registry.connect(await asTimelock(c)).endTightening();
    const payment = await authorized(c.suite);
    await capture(c.suite, payment, { attestation: await attest(c.suite, payment, { score: 9_699 }) });
  });
});

describe("A22: a voted tightening, too, turns an earlier payment's Allow into a Hold and nothing more", () => {
  it("by the registry's own change, to whatever it lowers both thresholds", async () => {
    const { c } = await captured();
    const timelock = c.registry.connect(await asTimelock(c));
    const [posted, fresh, below] = [
      await authorized(c.suite, { salt: 1n }),
      await authorized(c.suite, { salt: 2n }),
      await authorized(c.suite, { salt: 3n }),
    ];
    await post(c.suite, posted, { score: 9_600 });
    await post(c.suite, below, { score: 9_100 });
    for (const [holdAt, blockAt] of [
      [9_500, 9_850],
      [9_300, 9_750],
      [9_200, 9_650],
    ] as const) {
      await timelock.changePolicy([
        { parameter: 0, value: holdAt },
        { parameter: 1, value: blockAt },
      ]);
      await networkHelpers.time.increase(DAY);
    }
    // Judged by the policy of its own block, although the present one would hold it.
    const carried = await attest(c.suite, fresh, { score: 9_680 });
    await capture(c.suite, fresh, { attestation: carried, amount: 50n * UNIT });
    await c.suite.escrow.connect(c.suite.stranger).tighten(posted.packed, "0x", "0x");
    expect((await stateOf(c.suite, posted.id)).band).to.equal(BAND.Hold);
    const act = () => c.suite.escrow.tighten(below.packed, "0x", "0x");
    await expectRefused(c.suite, below, act, c.suite.escrow, "AlreadyScreened", [below.id, BAND.Allow]);
    await at((await timerOf(c.suite, posted.id)).opensAt);
    await capture(c.suite, posted);
  });

  it("even where the new policy would block from that score", async () => {
    const suite = await networkHelpers.loadFixture(deploySuite);
    const payment = await authorized(suite);
    await post(suite, payment, { score: 9_600 });
    await setPolicy(suite, { holdAt: 9_000, blockAt: 9_000 });
    await suite.escrow.tighten(payment.packed, "0x", "0x");
    expect((await stateOf(suite, payment.id)).band).to.equal(BAND.Hold);
  });
});
