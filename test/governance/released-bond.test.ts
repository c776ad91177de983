import { expect } from "chai";
import { attestationDigest, dissentProof, equivocationProof, packAttestation } from "@sluice/sdk";
import { computeAddress, keccak256, toUtf8Bytes, type SigningKey } from "ethers";

import { attesterKeys, factsScoring, networkHelpers, UNIT } from "../shared/suite.ts";
import { amountsOf, anEpoch, MILLION, now, registered, voters, type Council } from "./council.ts";

const BOND = 10_000n * UNIT;
const ABOUT = { asOf: 5, asOfHash: keccak256("0x01") };

/** Alice has bonded with a key that no epoch in force lists, so she may unbond whenever she likes. */
async function bonded(): Promise<{ c: Council; hot: SigningKey; period: bigint }> {
  const c = await voters();
  const [hot] = attesterKeys(1, "unlisted");
  await registered(c, c.alice, hot!, BOND);
  return { c, hot: hot!, period: BigInt(c.parameters.unbondingPeriod) };
}

/** Proves that the key signed two different facts about one thing. */
async function convict(c: Council, hot: SigningKey, thing = "one thing") {
  const about = { subject: keccak256(toUtf8Bytes(thing)), ...ABOUT };
  const site = { chainId: c.suite.chainId, epoch: await c.suite.epoch.getAddress() };
  const [a, b] = [1, 2].map((score) => {
    const facts = factsScoring(score);
    return { facts, signature: hot.sign(attestationDigest({ ...about, facts }, site)).serialized };
  });
  return c.attesters.connect(c.reporter).proveEquivocation(equivocationProof(about, a!, b!, site).proof);
}

describe("SluiceStake: what was bond a short while ago", () => {
  it("answers for the unbonding period, and is told", async () => {
    const { c, period } = await bonded();
    await c.attesters.connect(c.alice).unbond(BOND);
    const until = (await now()) + period;
    expect(await c.stake.releasedBond(c.alice.address)).to.deep.equal([BOND, until]);
    await networkHelpers.time.increaseTo(until - 1n);
    expect(await c.stake.releasedBond(c.alice.address)).to.deep.equal([BOND, until]);
    await networkHelpers.time.increaseTo(until);
    expect(await c.stake.releasedBond(c.alice.address)).to.deep.equal([0n, 0n]);
  });

  it("is slashed where it is on its way out", async () => {
    const { c, hot } = await bonded();
    await c.attesters.connect(c.alice).unbond(BOND);
    await c.stake.connect(c.alice).unstake(4n * MILLION);
    await expect(convict(c, hot)).to.emit(c.stake, "Recalled").withArgs(c.alice.address, BOND);
    expect(await amountsOf(c, c.alice.address)).to.include({
      staked: 0n,
      bonded: BOND / 2n,
      unbonding: 4n * MILLION - BOND,
    });
  });

  it("is slashed where it is stake, and the delegatee's votes are gone at once", async () => {
    const { c, hot } = await bonded();
    await c.stake.connect(c.alice).delegate(c.dave.address);
    await c.attesters.connect(c.alice).unbond(BOND);
    expect(await c.stake.getVotes(c.dave.address)).to.equal(4n * MILLION);
    await expect(convict(c, hot))
      .to.emit(c.stake, "DelegateVotesChanged")
      .withArgs(c.dave.address, 4n * MILLION, 4n * MILLION - BOND);
    const second = await now();
    await networkHelpers.time.increase(1);
    expect(await c.stake.getPastVotes(c.dave.address, second)).to.equal(4n * MILLION - BOND);
    expect(await c.stake.getPastTotalSupply(second)).to.equal(7n * MILLION - BOND);
    expect((await amountsOf(c, c.alice.address)).bonded).to.equal(BOND / 2n);
  });

  it("is partly on its way out and partly stake: what is on its way out goes first", async () => {
    const { c, hot } = await bonded();
    await c.attesters.connect(c.alice).unbond(BOND);
    await c.stake.connect(c.alice).unstake(BOND / 4n);
    await convict(c, hot);
    const staked = 4n * MILLION - BOND;
    expect(await amountsOf(c, c.alice.address)).to.include({ staked, votes: staked, bonded: BOND / 2n, unbonding: 0n });
  });

  it("answers no more from the second in which it can be paid, and not a second sooner", async () => {
    const { c, hot, period } = await bonded();
    await c.attesters.connect(c.alice).unbond(BOND);
    const until = (await now()) + period;
    await c.stake.connect(c.alice).unstake(4n * MILLION);
    await networkHelpers.time.setNextBlockTimestamp(until);
    await expect(convict(c, hot)).to.be.revertedWithCustomError(c.attesters, "NothingBonded").withArgs(c.alice.address);
  });

  it("goes back first when it is bonded again, so that nothing answers twice", async () => {
    const { c, hot } = await bonded();
    await c.attesters.connect(c.alice).unbond(BOND);
    await c.attesters.connect(c.alice).bond((BOND * 3n) / 4n);
    expect((await c.stake.releasedBond(c.alice.address))[0]).to.equal(BOND / 4n);
    await c.attesters.connect(c.alice).bond(BOND);
    expect((await c.stake.releasedBond(c.alice.address))[0]).to.equal(0);
    await expect(convict(c, hot)).not.to.emit(c.stake, "Recalled");
  });

  it("starts its time anew with a further release, and what was paid by then is gone", async () => {
    const { c, hot, period } = await bonded();
    await c.stake.connect(c.alice).unstake(4n * MILLION - BOND);
    await c.attesters.connect(c.alice).unbond((BOND * 3n) / 4n);
    await c.stake.connect(c.alice).unstake((BOND * 3n) / 4n);
    const paidFrom = (await now()) + period;
    await networkHelpers.time.increaseTo(paidFrom - 100n);
    await c.attesters.connect(c.alice).unbond(BOND / 4n);
    expect((await c.stake.releasedBond(c.alice.address))[0]).to.equal(BOND);
    await networkHelpers.time.increaseTo(paidFrom);
    await c.stake.connect(c.alice).withdraw();
    await expect(convict(c, hot))
      .to.emit(c.stake, "Recalled")
      .withArgs(c.alice.address, BOND / 4n);
  });

  it("is taken once for each thing: the rest stays bond", async () => {
    const { c, hot } = await bonded();
    await c.attesters.connect(c.alice).unbond(BOND);
    await convict(c, hot);
    await expect(convict(c, hot, "another thing")).not.to.emit(c.stake, "Recalled");
    expect((await amountsOf(c, c.alice.address)).bonded).to.equal(BOND / 4n);
  });

  it("is bond again from an accusation on, so that it cannot be paid before the accusation is decided", async () => {
    const c = await voters();
    const keys = attesterKeys(5, "five");
    const epoch = await (await anEpoch(c, keys)).getAddress();
    await registered(c, c.alice, keys[0]!, BOND);
    await c.attesters.connect(c.alice).unbond(BOND);
    const site = { chainId: c.suite.chainId, epoch };
    const subject = keccak256("0x07");
    const many = { subject, ...ABOUT, facts: factsScoring(1) };
    const signatures = keys
      .slice(1)
      .map((key) => ({ signer: computeAddress(key), signature: key.sign(attestationDigest(many, site)).serialized }));
    const one = { subject, ...ABOUT, facts: factsScoring(2) };
    const signature = keys[0]!.sign(attestationDigest(one, site)).serialized;
    const attestation = packAttestation(many, signatures);
    const { proof } = dissentProof(subject, attestation, { facts: one.facts, signature }, site);
    await expect(c.attesters.proveDissent(proof)).to.emit(c.stake, "Recalled").withArgs(c.alice.address, BOND);
    await expect(c.attesters.connect(c.alice).unbond(1n)).to.be.revertedWithCustomError(c.attesters, "AccusationOpen");
    expect((await amountsOf(c, c.alice.address)).bonded).to.equal(BOND);
  });
});
