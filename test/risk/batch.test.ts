import { expect } from "chai";
import { toBeHex } from "ethers";

import { unpackVerdict } from "../shared/gate.ts";
import { setPolicy } from "../shared/moves.ts";
import {
  attest,
  BAND,
  ethers,
  fixture,
  networkHelpers,
  POLICY,
  UNIT,
  type AttestOptions,
  type Suite,
} from "../shared/suite.ts";

const BATCH = { id: toBeHex(0xba7c, 32), block: 0 };

/** What the gate answers, if asked in the latest block, about a batch of 100 tokens. */
async function judged(suite: Suite, asOf: number, options: AttestOptions = {}) {
  const attestation = await attest(suite, BATCH, { asOf, ...options });
  const token = await suite.token.getAddress();
  return unpackVerdict(await suite.gate.evaluateBatch.staticCall(BATCH.id, token, 100n * UNIT, attestation));
}

describe("RiskGate.evaluateBatch", () => {
  it("reads facts as of the last multiple of the stride before the current block, and no other", async () => {
    const suite = await fixture();
    const { stride } = POLICY;
    const start = Math.ceil((await networkHelpers.time.latestBlock()) / stride) * stride + stride;
    for (const [block, asOf] of [
      [start, start - stride],
      [start + 1, start],
      [start + stride, start],
      [start + stride + 1, start + stride],
    ] as const) {
      await networkHelpers.mineUpTo(block);
      expect(await suite.gate.batchAsOf()).to.equal(asOf);
      expect((await judged(suite, asOf)).band).to.equal(BAND.Allow);
      for (const other of [asOf - stride, asOf - 1, asOf + 1]) {
        await expect(judged(suite, other, { asOfHash: toBeHex(1, 32) }))
          .to.be.revertedWithCustomError(suite.gate, "WrongAsOf")
          .withArgs(asOf, other);
      }
    }
  });

  for (const [score, band] of [
    [9_699, BAND.Allow],
    [9_700, BAND.Hold],
    [9_950, BAND.Block],
  ] as const) {
    it(`answers band ${band} at ${score}, never as a refresh, with delays unless it is Allow`, async () => {
      const suite = await fixture();
      const verdict = await judged(suite, Number(await suite.gate.batchAsOf()), { score });
      const delays = band === BAND.Allow ? [0n, 0n] : [BigInt(POLICY.holdDelay), BigInt(POLICY.grace)];
      expect(verdict).to.include({ score: BigInt(score), band, refreshed: false });
      expect([verdict.holdDelay, verdict.grace]).to.deep.equal(delays);
    });
  }

  it("uses the policy in force now, which a vote changes from the next block on", async () => {
    const suite = await fixture();
    await setPolicy(suite, { holdAt: 100 });
    expect((await judged(suite, Number(await suite.gate.batchAsOf()), { score: 100 })).band).to.equal(BAND.Hold);
  });

  it("refuses the attestation of another batch, another hash and a length that is none", async () => {
    const suite = await fixture();
    const asOf = Number(await suite.gate.batchAsOf());
    await expect(judged(suite, asOf, { subject: toBeHex(1, 32) })).to.be.revertedWithCustomError(
      suite.epoch,
      "NotASigner",
    );
    const hash = (await ethers.provider.getBlock(asOf))?.hash;
    await expect(judged(suite, asOf, { asOfHash: toBeHex(1, 32) }))
      .to.be.revertedWithCustomError(suite.gate, "WrongAsOfHash")
      .withArgs(hash, toBeHex(1, 32));
    const token = await suite.token.getAddress();
    await expect(suite.gate.evaluateBatch(BATCH.id, token, 1, "0x00"))
      .to.be.revertedWithCustomError(suite.gate, "AttestationLength")
      .withArgs(1);
  });

  it("says what a channel may pay out between attestations, in the token's own unit", async () => {
    const suite = await fixture();
    const listed = await suite.gate.channelTerms(await suite.token.getAddress());
    expect(listed).to.deep.equal([100n * UNIT, BigInt(POLICY.silenceDelay), BigInt(POLICY.holdDelay)]);
    const unlisted = await suite.gate.channelTerms(suite.stranger.address);
    expect(unlisted.cap).to.equal(0n);
  });
});
