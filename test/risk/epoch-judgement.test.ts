import { attestationDigest, packAttestation } from "@sluice/sdk";
import { expect } from "chai";
import { computeAddress, dataSlice, toBeHex, ZeroAddress, ZeroHash, type SigningKey } from "ethers";

import { amountBucket } from "../../oracle/src/facts/units.ts";
import { attesterKeys, ethers, factsScoring, fixture } from "../shared/suite.ts";

const KEYS = attesterKeys(5);
const STABLE = toBeHex(0x51, 20);
const CENTS = toBeHex(0xce, 20);
const UNLISTED = toBeHex(0xbad, 20);
const SUBJECT = toBeHex(1, 32);
const UNIT = 10n ** 6n; // a whole token of six digits, in micro-units

const CONFIG = {
  signers: KEYS.map((one) => computeAddress(one)),
  tiers: [
    { upTo: 100n * UNIT, quorum: 3 },
    { upTo: 10_000n * UNIT, quorum: 4 },
    { upTo: 1_000_000n * UNIT, quorum: 5 },
  ],
  tokens: [
    { token: STABLE, shift: 12, class: 3 },
    { token: CENTS, shift: 0, class: 127 },
    { token: ZeroAddress, shift: 11, class: 9 },
  ],
};

async function deployEpoch(changes: Partial<typeof CONFIG> = {}) {
  const { chainId } = await fixture();
  const epoch = await ethers.deployContract("DirectEpoch", [{ ...CONFIG, ...changes }]);
  const site = { chainId, epoch: await epoch.getAddress() };
  const sign = (keys: readonly SigningKey[], facts = factsScoring(5_000)): string => {
    const statement = { subject: SUBJECT, asOf: 7, asOfHash: ZeroHash, facts };
    const digest = attestationDigest(statement, site);
    const signatures = keys.map((one) => ({ signer: computeAddress(one), signature: one.sign(digest).serialized }));
    return packAttestation(statement, signatures);
  };
  return { epoch, sign };
}

/** Fact `index` of a word of facts, as the signed number it is. */
function byte(facts: string, index: number): number {
  return Number(BigInt.asIntN(8, BigInt(dataSlice(facts, index, index + 1))));
}

describe("RiskEpoch: quorum by value", () => {
  for (const [what, micro, quorum, mustHold] of [
    ["nothing", 0n, 3, false],
    ["the first tier's end", 100n * UNIT, 3, false],
    ["one micro-unit more", 100n * UNIT + 1n, 4, false],
    ["the second tier's end", 10_000n * UNIT, 4, false],
    ["one micro-unit more than that", 10_000n * UNIT + 1n, 5, false],
    ["the last tier's end", 1_000_000n * UNIT, 5, false],
    ["more than the last tier", 1_000_000n * UNIT + 1n, 5, true],
    ["a saturated amount", 2n ** 200n, 5, true],
  ] as const) {
    it(`asks for ${quorum} of 5 at ${what}${mustHold ? " and holds" : ""}`, async () => {
      const { epoch, sign } = await deployEpoch();
      const judge = (count: number) => epoch.judgePayment(SUBJECT, 0, CENTS, micro, sign(KEYS.slice(0, count)));
      const [score, holds] = await judge(quorum);
      expect([score, holds]).to.deep.equal([5_000n, mustHold]);
      await expect(judge(quorum - 1))
        .to.be.revertedWithCustomError(epoch, "QuorumNotMet")
        .withArgs(quorum - 1, quorum);
    });
  }

  it("asks for the last tier's quorum and holds for an unlisted token of any amount", async () => {
    const { epoch, sign } = await deployEpoch();
    const judge = (count: number) => epoch.judgePayment(SUBJECT, 0, UNLISTED, 1, sign(KEYS.slice(0, count)));
    expect((await judge(5)).mustHold).to.equal(true);
    await expect(judge(4)).to.be.revertedWithCustomError(epoch, "QuorumNotMet").withArgs(4, 5);
  });

  for (const count of [1, 2]) {
    it(`works with ${count} tier${count > 1 ? "s" : ""} and no token at all, not even the native coin`, async () => {
      const { epoch, sign } = await deployEpoch({ tiers: CONFIG.tiers.slice(0, count), tokens: [] });
      const quorum = count + 2;
      for (const token of [ZeroAddress, STABLE]) {
        const judge = (signers: number) => epoch.judgePayment(SUBJECT, 0, token, 1, sign(KEYS.slice(0, signers)));
        expect((await judge(quorum)).mustHold).to.equal(true);
        await expect(judge(quorum - 1)).to.be.revertedWithCustomError(epoch, "QuorumNotMet");
      }
    });
  }

  it("counts micro-units rounded down: just below one more is still the lower tier", async () => {
    const { epoch, sign } = await deployEpoch();
    const amount = 100n * UNIT * 10n ** 12n + 10n ** 12n - 1n;
    await epoch.judgePayment(SUBJECT, 0, STABLE, amount, sign(KEYS.slice(0, 3)));
    await expect(epoch.judgePayment(SUBJECT, 0, STABLE, amount + 1n, sign(KEYS.slice(0, 3))))
      .to.be.revertedWithCustomError(epoch, "QuorumNotMet")
      .withArgs(3, 4);
  });
});

describe("RiskEpoch: facts the contract knows", () => {
  for (const [name, token, amount, micro, tokenClass, native] of [
    ["a token of 18 digits", STABLE, 5n * 10n ** 18n, 5_000_000, 3, 0],
    ["a token without shift", CENTS, 123_456_789n, 123_456_789, 127, 0],
    ["the native coin", ZeroAddress, 10n ** 18n, 10_000_000, 9, 1],
    ["an unlisted token", UNLISTED, 10n ** 18n, 0, 0, 0],
  ] as const) {
    it(`fills in bucket, class and native flag of ${name}`, async () => {
      const { epoch, sign } = await deployEpoch();
      const rest = "11".repeat(27) + "1388"; // 29 further facts, the score 5,000 last
      const signed = `0x000000${rest}`;
      const { facts } = await epoch.judgePayment(SUBJECT, 0, token, amount, sign(KEYS, signed));
      expect([byte(facts, 0), byte(facts, 1), byte(facts, 2)]).to.deep.equal([amountBucket(micro), tokenClass, native]);
      expect(facts.slice(8)).to.equal(rest);
      const { completed, listed } = await epoch.completeFacts(signed, token, amount);
      expect([completed, listed]).to.deep.equal([facts, token !== UNLISTED]);
      expect(await epoch.score(facts)).to.equal(5_000n);
    });
  }

  for (const index of [0, 1, 2]) {
    it(`reverts when fact ${index} was not zero when signed`, async () => {
      const { epoch, sign } = await deployEpoch();
      const facts = `0x${"00".repeat(index)}01${"00".repeat(31 - index)}`;
      await expect(epoch.judgePayment(SUBJECT, 0, STABLE, 1, sign(KEYS, facts)))
        .to.be.revertedWithCustomError(epoch, "FactNotZero")
        .withArgs(index);
      await expect(epoch.completeFacts(facts, STABLE, 1)).to.be.revertedWithCustomError(epoch, "FactNotZero");
    });
  }

  it("names the first of several", async () => {
    const { epoch } = await deployEpoch();
    await expect(epoch.completeFacts(`0x00ff01${"00".repeat(29)}`, STABLE, 1))
      .to.be.revertedWithCustomError(epoch, "FactNotZero")
      .withArgs(1);
  });
});

describe("RiskEpoch: signatures of sixteen", () => {
  it("counts every subset of a quorum in order and knows each signer's bit", async () => {
    const keys = attesterKeys(16);
    const signers = keys.map((one) => computeAddress(one));
    const { epoch, sign } = await deployEpoch({ signers, tiers: [{ upTo: 1n, quorum: 9 }] });
    await epoch.judgePayment(SUBJECT, 0, CENTS, 1, sign(keys));
    await epoch.judgePayment(SUBJECT, 0, CENTS, 1, sign(keys.slice(7)));
    for (const [index, address] of signers.entries()) {
      const others = keys.filter((_, other) => other !== index);
      await epoch.judgePayment(SUBJECT, 1 << index, CENTS, 1, sign(others));
      await expect(epoch.judgePayment(SUBJECT, 1 << index, CENTS, 1, sign(keys)))
        .to.be.revertedWithCustomError(epoch, "SignerDisabled")
        .withArgs(address);
    }
  });
});
