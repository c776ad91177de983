import {
  attestationBatchDigest,
  attestationDigest,
  attestationTypes,
  type AttestationStatement,
  type EquivocationProof,
} from "@sluice/sdk";
import { expect } from "chai";
import { keccak256, Signature, toUtf8Bytes, TypedDataEncoder } from "ethers";

import { factsScoring, UNIT } from "../shared/suite.ts";
import { amountsOf, registered, voters, type Council } from "./council.ts";

const BOND = 10_000n * UNIT;
const AS_OF = 5;
const HASH = keccak256("0x01");
const SUBJECT = keccak256("0x03");
const SINGLE = { leaves: [], index: 0 };

function statement(score: number, subject = SUBJECT): AttestationStatement {
  return { subject, asOf: AS_OF, asOfHash: HASH, facts: factsScoring(score) };
}

/** A batch that has the statement among two others. */
function batchWith(one: AttestationStatement): AttestationStatement[] {
  const others = ["before", "after"].map((name) => statement(7, keccak256(toUtf8Bytes(name))));
  return [...others.slice(0, 1), one, ...others.slice(1)];
}

function leavesOf(batch: readonly AttestationStatement[]): string[] {
  const types = { Attestation: [...attestationTypes.Attestation] };
  return batch.map((one) => TypedDataEncoder.hashStruct("Attestation", types, one));
}

type Said = { score: number; alone?: boolean; key?: number };

/** Alice and Bob are bonded under the first two attester keys. */
async function guilty(): Promise<Council> {
  const c = await voters();
  await registered(c, c.alice, c.suite.keys[0]!, BOND);
  await registered(c, c.bob, c.suite.keys[1]!, BOND);
  return c;
}

async function said(c: Council, { score, alone = false, key = 0 }: Said) {
  const site = { chainId: c.suite.chainId, epoch: await c.suite.epoch.getAddress() };
  const one = statement(score);
  const batch = batchWith(one);
  const digest = alone ? attestationDigest(one, site) : attestationBatchDigest(batch, site);
  const { r, yParityAndS } = Signature.from(c.suite.keys[key]!.sign(digest).serialized);
  return { facts: one.facts, r, vs: yParityAndS, place: alone ? SINGLE : { leaves: leavesOf(batch), index: 1 } };
}

async function proofOf(c: Council, a: Said, b: Said) {
  const [first, second] = [await said(c, a), await said(c, b)];
  const proof: EquivocationProof = {
    epoch: await c.suite.epoch.getAddress(),
    subject: SUBJECT,
    asOf: BigInt(AS_OF),
    asOfHash: HASH,
    ...{ factsA: first.facts, factsB: second.facts, rA: first.r, vsA: first.vs, rB: second.r, vsB: second.vs },
  };
  return [proof, first.place, second.place] as const;
}

describe("Attesters.proveEquivocationInBatch", () => {
  for (const [what, a, b] of [
    ["two batches", { score: 1 }, { score: 2 }],
    ["a batch and a single attestation", { score: 1 }, { score: 2, alone: true }],
    ["two single attestations", { score: 1, alone: true }, { score: 2, alone: true }],
  ] as const) {
    it(`convicts who signed different facts about one payment in ${what}`, async () => {
      const c = await guilty();
      await c.attesters.proveEquivocationInBatch(...(await proofOf(c, a, b)));
      expect((await amountsOf(c, c.alice.address)).bonded).to.equal(BOND / 2n);
    });
  }

  it("convicts once for one thing, in whatever form it is shown", async () => {
    const c = await guilty();
    await c.attesters.proveEquivocationInBatch(...(await proofOf(c, { score: 1 }, { score: 2 })));
    const [single] = await proofOf(c, { score: 1, alone: true }, { score: 2, alone: true });
    await expect(c.attesters.proveEquivocation(single)).to.be.revertedWithCustomError(c.attesters, "EvidenceUsed");
  });

  it("convicts nobody who said the same in two batches, nor two who said different things", async () => {
    const c = await guilty();
    await expect(c.attesters.proveEquivocationInBatch(...(await proofOf(c, { score: 1 }, { score: 1, alone: true }))))
      .to.be.revertedWithCustomError(c.attesters, "SameFacts")
      .withArgs(factsScoring(1));
    await expect(c.attesters.proveEquivocationInBatch(...(await proofOf(c, { score: 1 }, { score: 2, key: 1 }))))
      .to.be.revertedWithCustomError(c.attesters, "SignersDiffer")
      .withArgs(await signerOf(c, 0), await signerOf(c, 1));
  });

  it("reverts when the batch has something else at the place, or no such place", async () => {
    const c = await guilty();
    const [proof, placeA, placeB] = await proofOf(c, { score: 1 }, { score: 2 });
    const leaf = placeA.leaves[1];
    for (const index of [0, 2, 3]) {
      await expect(c.attesters.proveEquivocationInBatch(proof, { ...placeA, index }, placeB))
        .to.be.revertedWithCustomError(c.attesters, "NotInBatch")
        .withArgs(leaf, index);
    }
  });

  it("reverts when the batch is another than the signed one, or the signatures are not about batches", async () => {
    const c = await guilty();
    const [proof, placeA, placeB] = await proofOf(c, { score: 1 }, { score: 2 });
    const shorter = { leaves: placeA.leaves.slice(0, 2), index: 1 };
    for (const [a, b] of [
      [shorter, placeB],
      [SINGLE, SINGLE],
    ] as const) {
      await expect(c.attesters.proveEquivocationInBatch(proof, a, b)).to.be.revertedWithCustomError(
        c.attesters,
        "SignersDiffer",
      );
    }
  });
});

async function signerOf(c: Council, index: number): Promise<string> {
  const list = await c.suite.epoch.signers();
  return list[index] ?? "";
}
