import { expect } from "chai";
import { attestationDigest, equivocationProof, type EquivocationProof } from "@sluice/sdk";
import { computeAddress, keccak256, Signature, toBeHex, toUtf8Bytes, ZeroAddress, type SigningKey } from "ethers";

import { attesterKeys, factsScoring, key, UNIT } from "../shared/suite.ts";
import { amountsOf, registered, voters, type Council } from "./council.ts";

const BOND = 10_000n * UNIT;
const HASH = keccak256("0x01");
const OTHER_HASH = keccak256("0x02");
const SUBJECT = keccak256("0x03");

type Said = {
  facts?: string;
  subject?: string;
  asOf?: number;
  asOfHash?: string;
  epoch?: string;
  chainId?: bigint;
  signer?: SigningKey;
};

async function guilty(): Promise<Council> {
  const c = await voters();
  await registered(c, c.alice, c.suite.keys[0]!, BOND);
  await registered(c, c.bob, c.suite.keys[1]!, BOND);
  return c;
}

/** What a key signed, each part the usual one unless told otherwise. */
async function signed(c: Council, said: Said): Promise<{ facts: string; signature: string }> {
  const facts = said.facts ?? factsScoring(1);
  const statement = { subject: said.subject ?? SUBJECT, asOf: said.asOf ?? 5, asOfHash: said.asOfHash ?? HASH, facts };
  const site = { chainId: said.chainId ?? c.suite.chainId, epoch: said.epoch ?? (await c.suite.epoch.getAddress()) };
  return { facts, signature: (said.signer ?? c.suite.keys[0]!).sign(attestationDigest(statement, site)).serialized };
}

/** A proof put together without looking whether it proves anything. */
async function forged(c: Council, a: Said, b: Said): Promise<EquivocationProof> {
  const [first, second] = [await signed(c, a), await signed(c, b)];
  const [one, two] = [Signature.from(first.signature), Signature.from(second.signature)];
  return {
    epoch: await c.suite.epoch.getAddress(),
    subject: SUBJECT,
    asOf: 5n,
    asOfHash: HASH,
    ...{ factsA: first.facts, factsB: second.facts, rA: one.r, vsA: one.yParityAndS, rB: two.r, vsB: two.yParityAndS },
  };
}

async function proven(c: Council, a: Said, b: Said): Promise<EquivocationProof> {
  const site = { chainId: c.suite.chainId, epoch: await c.suite.epoch.getAddress() };
  return equivocationProof({ subject: SUBJECT, asOf: 5, asOfHash: HASH }, await signed(c, a), await signed(c, b), site)
    .proof;
}

describe("Attesters.proveEquivocation", () => {
  it("takes half of the bond, pays a fifth of that to the reporter and burns the rest", async () => {
    const c = await guilty();
    const proof = await proven(c, { facts: factsScoring(1) }, { facts: factsScoring(2) });
    const supply = await c.sluice.totalSupply();
    const slashed = BOND / 2n;
    const tx = c.attesters.connect(c.reporter).proveEquivocation(proof);
    await expect(tx)
      .to.emit(c.stake, "Slashed")
      .withArgs(c.alice.address, slashed, c.reporter.address, slashed / 5n);
    await expect(tx).to.emit(c.attesters, "EquivocationProven");
    expect(await c.sluice.balanceOf(c.reporter.address)).to.equal(slashed / 5n);
    expect(supply - (await c.sluice.totalSupply())).to.equal((slashed * 4n) / 5n);
    expect((await amountsOf(c, c.alice.address)).bonded).to.equal(BOND - slashed);
  });

  it("convicts once for one thing, whatever third facts are shown", async () => {
    const c = await guilty();
    await c.attesters.proveEquivocation(await proven(c, { facts: factsScoring(1) }, { facts: factsScoring(2) }));
    const again = [
      [factsScoring(1), factsScoring(2)],
      [factsScoring(2), factsScoring(1)],
      [factsScoring(1), factsScoring(3)],
    ];
    for (const [a = "", b = ""] of again) {
      await expect(
        c.attesters.proveEquivocation(await proven(c, { facts: a }, { facts: b })),
      ).to.be.revertedWithCustomError(c.attesters, "EvidenceUsed");
    }
  });

  it("convicts again for another subject, of what is left", async () => {
    const c = await guilty();
    await c.attesters.proveEquivocation(await proven(c, { facts: factsScoring(1) }, { facts: factsScoring(2) }));
    const subject = keccak256(toUtf8Bytes("another"));
    const site = { chainId: c.suite.chainId, epoch: await c.suite.epoch.getAddress() };
    const a = await signed(c, { subject, facts: factsScoring(1) });
    const b = await signed(c, { subject, facts: factsScoring(2) });
    await c.attesters.proveEquivocation(equivocationProof({ subject, asOf: 5, asOfHash: HASH }, a, b, site).proof);
    expect((await amountsOf(c, c.alice.address)).bonded).to.equal(BOND / 4n);
  });

  it("convicts a key that its account has changed since", async () => {
    const c = await guilty();
    await registered(c, c.alice, key("fresh"));
    await c.attesters.proveEquivocation(await proven(c, { facts: factsScoring(1) }, { facts: factsScoring(2) }));
    expect((await amountsOf(c, c.alice.address)).bonded).to.equal(BOND / 2n);
  });

  it("takes the last unit of a bond, and nothing from an account without one", async () => {
    const c = await voters();
    await registered(c, c.alice, c.suite.keys[0]!);
    const proof = await proven(c, { facts: factsScoring(1) }, { facts: factsScoring(2) });
    await expect(c.attesters.proveEquivocation(proof))
      .to.be.revertedWithCustomError(c.attesters, "NothingBonded")
      .withArgs(c.alice.address);
    await c.attesters.connect(c.alice).bond(1n);
    await c.attesters.proveEquivocation(proof);
    expect((await amountsOf(c, c.alice.address)).bonded).to.equal(0);
  });

  it("leaves other accounts and all votes alone", async () => {
    const c = await guilty();
    const before = [await amountsOf(c, c.bob.address), await c.stake.getVotes(c.alice.address)];
    await c.attesters.proveEquivocation(await proven(c, { facts: factsScoring(1) }, { facts: factsScoring(2) }));
    expect([await amountsOf(c, c.bob.address), await c.stake.getVotes(c.alice.address)]).to.deep.equal(before);
  });
});

describe("Attesters.proveEquivocation: what is no proof", () => {
  const one = factsScoring(1);
  const two = factsScoring(2);
  const honest: [what: string, a: Said, b: Said][] = [
    ["two blocks of one number: the chain was reorganised", { facts: one }, { facts: two, asOfHash: OTHER_HASH }],
    ["two blocks", { facts: one }, { facts: two, asOf: 6 }],
    ["two payments", { facts: one }, { facts: two, subject: keccak256("0x04") }],
    ["two epochs", { facts: one }, { facts: two, epoch: computeAddress(key("epoch")) }],
    ["two chains", { facts: one }, { facts: two, chainId: 1n }],
  ];
  for (const [what, a, b] of honest) {
    it(`is not different facts about ${what}`, async () => {
      const c = await guilty();
      await expect(c.attesters.proveEquivocation(await forged(c, a, b))).to.be.revertedWithCustomError(
        c.attesters,
        "SignersDiffer",
      );
      expect((await amountsOf(c, c.alice.address)).bonded).to.equal(BOND);
    });
  }

  it("is not the same facts twice, whatever the signatures", async () => {
    const c = await guilty();
    await expect(c.attesters.proveEquivocation(await forged(c, { facts: one }, { facts: one })))
      .to.be.revertedWithCustomError(c.attesters, "SameFacts")
      .withArgs(one);
  });

  it("is not two attesters who disagree", async () => {
    const c = await guilty();
    const [a, b] = [c.suite.keys[0]!, c.suite.keys[1]!];
    await expect(c.attesters.proveEquivocation(await forged(c, { facts: one, signer: a }, { facts: two, signer: b })))
      .to.be.revertedWithCustomError(c.attesters, "SignersDiffer")
      .withArgs(computeAddress(a), computeAddress(b));
  });

  it("is not two statements of a stranger", async () => {
    const c = await guilty();
    const signer = key("stranger");
    await expect(c.attesters.proveEquivocation(await forged(c, { facts: one, signer }, { facts: two, signer })))
      .to.be.revertedWithCustomError(c.attesters, "NotAnAttester")
      .withArgs(computeAddress(signer));
  });

  it("is not signatures that nobody made", async () => {
    const c = await guilty();
    const proof = await forged(c, { facts: one }, { facts: two });
    const empty = { ...proof, rA: toBeHex(0, 32), vsA: toBeHex(0, 32), rB: toBeHex(0, 32), vsB: toBeHex(0, 32) };
    await expect(c.attesters.proveEquivocation(empty))
      .to.be.revertedWithCustomError(c.attesters, "NotAnAttester")
      .withArgs(ZeroAddress);
  });

  it("is refused by the SDK before it costs gas", async () => {
    const c = await guilty();
    const site = { chainId: c.suite.chainId, epoch: await c.suite.epoch.getAddress() };
    const statement = { subject: SUBJECT, asOf: 5, asOfHash: HASH };
    const a = await signed(c, { facts: one });
    expect(() => equivocationProof(statement, a, a, site))
      .to.throw()
      .with.property("code", "PROOF_INVALID");
    const other = await signed(c, { facts: two, signer: attesterKeys(3)[1]! });
    expect(() => equivocationProof(statement, a, other, site))
      .to.throw()
      .with.property("code", "PROOF_INVALID");
    const made = equivocationProof(statement, a, await signed(c, { facts: two }), site);
    expect(made.signer).to.equal(computeAddress(c.suite.keys[0]!));
  });
});
