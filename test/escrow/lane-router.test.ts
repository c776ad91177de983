import { expect } from "chai";
import { laneOf, packTerms, paymentId } from "@sluice/sdk";
import { ZeroAddress } from "ethers";

import { at, post, walletPayer } from "../shared/moves.ts";
import { authorized, ethers, fixture, termsFor, UNIT, type Suite } from "../shared/suite.ts";

/** Three more lanes beside the suite's escrow, and a router over the four. */
async function lanesOf(suite: Suite) {
  const argumentsOf = [await suite.gate.getAddress(), suite.treasury.address, ZeroAddress] as const;
  const lanes = [suite.escrow];
  while (lanes.length < 4) {
    const lane = await ethers.deployContract("PaymentEscrow", [...argumentsOf]);
    lanes.push(await ethers.getContractAt("IPaymentEscrow", await lane.getAddress()));
  }
  const addresses = await Promise.all(lanes.map((lane) => lane.getAddress()));
  const router = await ethers.deployContract("LaneRouter", [addresses]);
  return { lanes, addresses, router };
}

describe("LaneRouter", () => {
  it("knows its lanes and refuses none, too many, addresses without code and indices beyond", async () => {
    const suite = await fixture();
    const { addresses, router } = await lanesOf(suite);
    expect(await router.laneCount()).to.equal(4n);
    expect(await router.lane(3)).to.equal(addresses[3]);
    await expect(router.lane(4)).to.be.revertedWithCustomError(router, "LaneUnknown").withArgs(4n, 4n);
    const deploy = (lanes: string[]) => ethers.deployContract("LaneRouter", [lanes]);
    await expect(deploy([])).to.be.revertedWithCustomError(router, "LaneCountOutOfRange").withArgs(0n, 256n);
    await expect(deploy(Array.from({ length: 257 }, () => addresses[0] ?? "")))
      .to.be.revertedWithCustomError(router, "LaneCountOutOfRange")
      .withArgs(257n, 256n);
    await expect(deploy([suite.payer.address]))
      .to.be.revertedWithCustomError(router, "LaneWithoutCode")
      .withArgs(suite.payer.address);
  });

  it("places payments as the SDK does, for every width", async () => {
    const suite = await fixture();
    const { router } = await lanesOf(suite);
    for (let salt = 0n; salt < 20n; salt++) {
      for (const width of [1, 2, 3, 4]) {
        const expected = laneOf({ payee: suite.payee.address, salt }, 4, width);
        expect(await router.laneOf(suite.payee.address, salt, width)).to.equal(BigInt(expected));
      }
    }
    for (const width of [0, 5]) {
      await expect(router.laneOf(suite.payee.address, 1, width))
        .to.be.revertedWithCustomError(router, "WidthOutOfRange")
        .withArgs(BigInt(width), 4n);
      expect(() => laneOf({ payee: suite.payee.address, salt: 1n }, 4, width)).to.throw("width must be from 1 to 4");
    }
    expect(() => laneOf({ payee: suite.payee.address, salt: 1n }, 0, 1)).to.throw("at least 1");
  });

  it("spreads a payee's payments over as many lanes as the width says, and keeps them in one for 1", () => {
    const payee = "0x00000000000000000000000000000000000000AA";
    const used = (width: number): number =>
      new Set(Array.from({ length: 400 }, (_, salt) => laneOf({ payee, salt: BigInt(salt) }, 64, width))).size;
    expect(used(1)).to.equal(1);
    expect(used(8)).to.equal(8);
    expect(used(64)).to.equal(64);
  });

  it("carries calls to several lanes and skips the one that fails, with its error's selector", async () => {
    const suite = await fixture();
    const { router, lanes, addresses } = await lanesOf(suite);
    const payer = await walletPayer(suite);
    const second = lanes[1];
    if (second === undefined) throw new Error("four lanes were made");
    await suite.token.connect(payer).approve(addresses[1] ?? "", 2n ** 256n - 1n);
    const site = { chainId: suite.chainId, escrow: addresses[1] ?? "" };
    const terms = await termsFor(suite, { payer: payer.address, salt: 7n });
    const signature = payer.signingKey.sign(paymentId(terms, site)).serialized;
    const authorize = second.interface.encodeFunctionData("authorize", [packTerms(terms), 0, signature]);
    const sweep = second.interface.encodeFunctionData("sweep", [terms.token, payer.address]);
    const tx = await router.connect(suite.stranger).route([
      { lane: 1, data: authorize },
      { lane: 0, data: sweep },
      { lane: 1, data: authorize },
    ]);
    const selector = (name: string) => second.interface.getError(name)?.selector ?? "";
    await expect(tx).to.emit(router, "CallSkipped").withArgs(1n, 0n, selector("NothingToSweep"));
    await expect(tx).to.emit(router, "CallSkipped").withArgs(2n, 1n, selector("PaymentExists"));
    expect(await suite.token.balanceOf(addresses[1] ?? "")).to.equal(100n * UNIT);
    await expect(router.route([{ lane: 9, data: "0x" }]))
      .to.be.revertedWithCustomError(router, "LaneUnknown")
      .withArgs(9n, 4n);
  });

  it("gives a stranger no more than he has: what only the operator may do is refused", async () => {
    const suite = await fixture();
    const { router } = await lanesOf(suite);
    const payment = await authorized(suite);
    await post(suite, payment);
    await at(payment.terms.captureBy - 10);
    const data = suite.escrow.interface.encodeFunctionData("void", [payment.packed, 1n, 0]);
    const selector = suite.escrow.interface.getError("NotOperatorOrPayee")?.selector;
    await expect(router.connect(suite.stranger).route([{ lane: 0, data }]))
      .to.emit(router, "CallSkipped")
      .withArgs(0n, 0n, selector);
  });
});
