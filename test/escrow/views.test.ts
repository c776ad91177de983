import { expect } from "chai";
import { TypedDataEncoder, ZeroHash } from "ethers";

import { unpaid } from "../shared/moves.ts";
import { stateOf, timerOf } from "../shared/state.ts";
import { BAND, DAY, ethers, fixture, termsFor } from "../shared/suite.ts";

describe("PaymentEscrow: views", () => {
  it("answers zeros for a payment that does not exist", async () => {
    const suite = await fixture();
    expect(await stateOf(suite, ZeroHash)).to.deep.equal({
      capturable: 0n,
      refundable: 0n,
      score: 0n,
      band: BAND.None,
      requested: false,
      protocolFeeBps: 0n,
    });
    expect(await timerOf(suite, ZeroHash)).to.deep.equal({ silentAt: 0n, opensAt: 0n, closesAt: 0n });
  });

  it("names its gate, its treasury and the EIP-712 domain that ethers computes", async () => {
    const suite = await fixture();
    expect(await suite.escrow.gate()).to.equal(await suite.gate.getAddress());
    expect(await suite.escrow.treasury()).to.equal(suite.treasury.address);
    const domain = {
      name: "Sluice Escrow",
      version: "1",
      chainId: suite.chainId,
      verifyingContract: suite.site.escrow,
    };
    expect(await suite.escrow.domainSeparator()).to.equal(TypedDataEncoder.hashDomain(domain));
  });

  it("reverts on a deployment without a treasury", async () => {
    const suite = await fixture();
    const zero = ethers.ZeroAddress;
    await expect(ethers.deployContract("PaymentEscrow", [await suite.gate.getAddress(), zero, zero]))
      .to.be.revertedWithCustomError(suite.escrow, "PartyInvalid")
      .withArgs(zero);
  });

  for (const [maxHold, rulingWindow, last] of [
    [0, 0, 7 * DAY],
    [7 * DAY, 7 * DAY, 14 * DAY],
    [7 * DAY, 7 * DAY + 1, 14 * DAY + 1],
    [30 * DAY, 20 * DAY, 50 * DAY],
  ] as const) {
    it(`exitBy with ${maxHold} s of hold and ${rulingWindow} s of ruling is captureBy + silence + appeal + ${last} s`, async () => {
      const suite = await fixture();
      const { packed, terms } = unpaid(suite, await termsFor(suite, { maxHold, rulingWindow }));
      expect(await suite.escrow.exitBy(packed)).to.equal(terms.captureBy + 7 * DAY + 14 * DAY + last);
    });
  }
});
