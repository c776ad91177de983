import { expect } from "chai";
import { toBeHex } from "ethers";

import { isAudited } from "../../oracle/src/policy/audit.ts";
import { judged, unpackVerdict } from "../shared/gate.ts";
import { attest, BAND, ethers, fixture, networkHelpers, POLICY, UNIT, type Suite } from "../shared/suite.ts";

const SHARE = 500;

/** The suite under a policy that audits one payment in twenty, and a judged block with its hash. */
async function audited() {
  const suite = await fixture();
  await suite.gate.setPolicy({ ...POLICY, auditShare: SHARE }, await suite.epoch.getAddress());
  await networkHelpers.mine(2);
  const block = (await networkHelpers.time.latestBlock()) - 1;
  const asOfHash = (await ethers.provider.getBlock(block))?.hash ?? "";
  return { suite, block, asOfHash };
}

/** The band of a payment of the block whose id is `subject`. */
async function bandOf(suite: Suite, block: number, subject: string, score: number): Promise<bigint> {
  const attestation = await attest(suite, { id: subject, block }, { score });
  const token = await suite.token.getAddress();
  return unpackVerdict(await suite.gate.evaluate.staticCall(subject, block, 100n * UNIT, token, attestation)).band;
}

describe("RiskGate: audits", () => {
  it("hold exactly the payments that keccak256 of subject and asOfHash draws, as the oracle foresees them", async () => {
    const { suite, block, asOfHash } = await audited();
    const subjects = Array.from({ length: 200 }, (_, index) => toBeHex(index + 1, 32));
    const drawn = subjects.filter((subject) => isAudited(SHARE, subject, asOfHash));
    expect(drawn.length).to.be.within(1, 30);
    for (const subject of subjects.slice(0, 60).concat(drawn)) {
      const expected = drawn.includes(subject) ? BAND.Hold : BAND.Allow;
      expect(await bandOf(suite, block, subject, 1), subject).to.equal(expected);
    }
  });

  it("change nothing about a payment that is held or blocked anyway, and carry the delays of a Hold", async () => {
    const { suite, block, asOfHash } = await audited();
    const subjects = Array.from({ length: 400 }, (_, index) => toBeHex(index + 1, 32));
    const drawn = subjects.find((subject) => isAudited(SHARE, subject, asOfHash)) ?? "";
    expect(await bandOf(suite, block, drawn, POLICY.holdAt)).to.equal(BAND.Hold);
    expect(await bandOf(suite, block, drawn, POLICY.blockAt)).to.equal(BAND.Block);
    const attestation = await attest(suite, { id: drawn, block }, { score: 1 });
    const token = await suite.token.getAddress();
    const word = await suite.gate.evaluate.staticCall(drawn, block, 100n * UNIT, token, attestation);
    expect(unpackVerdict(word)).to.include({ score: 1n, holdDelay: BigInt(POLICY.holdDelay), refreshed: false });
  });

  it("draw anew at a refresh, by the hash of the new block", async () => {
    const { suite, block } = await audited();
    await networkHelpers.mine(2 ** POLICY.refreshLog2);
    const asOf = block + 2 ** POLICY.refreshLog2;
    const asOfHash = (await ethers.provider.getBlock(asOf))?.hash ?? "";
    const subjects = Array.from({ length: 60 }, (_, index) => toBeHex(index + 1, 32));
    for (const subject of subjects) {
      const attestation = await attest(suite, { id: subject, block }, { score: 1, asOf });
      const token = await suite.token.getAddress();
      const word = await suite.gate.evaluate.staticCall(subject, block, 100n * UNIT, token, attestation);
      expect(unpackVerdict(word).band).to.equal(isAudited(SHARE, subject, asOfHash) ? BAND.Hold : BAND.Allow);
    }
  });

  it("never touch a batch, whose subject could be chosen to pass", async () => {
    const { suite } = await audited();
    const asOf = Number(await suite.gate.batchAsOf());
    const asOfHash = (await ethers.provider.getBlock(asOf))?.hash ?? "";
    const subjects = Array.from({ length: 400 }, (_, index) => toBeHex(index + 1, 32));
    const drawn = subjects.find((subject) => isAudited(SHARE, subject, asOfHash)) ?? "";
    const attestation = await attest(suite, { id: drawn, block: asOf }, { score: 1 });
    const token = await suite.token.getAddress();
    const word = await suite.gate.evaluateBatch.staticCall(drawn, token, 100n * UNIT, attestation);
    expect(unpackVerdict(word).band).to.equal(BAND.Allow);
  });

  it("draw nothing when the share is zero", async () => {
    const suite = await fixture();
    const block = (await networkHelpers.time.latestBlock()) - 1;
    expect((await judged(suite, block, { score: 1 })).band).to.equal(BAND.Allow);
    const asOfHash = (await ethers.provider.getBlock(block))?.hash ?? "";
    expect(Array.from({ length: 400 }, (_, index) => isAudited(0, toBeHex(index, 32), asOfHash))).not.to.include(true);
  });

  it("come to the policy's share over many subjects", () => {
    const asOfHash = toBeHex(7, 32);
    const drawn = Array.from({ length: 20_000 }, (_, index) => isAudited(50, toBeHex(index, 32), asOfHash));
    expect(drawn.filter(Boolean).length).to.be.within(60, 145); // 100 expected, four standard deviations
  });
});
