import { payments, type Terms } from "@sluice/sdk";
import { expect } from "chai";
import { getCreateAddress, id as keccakText } from "ethers";

import { post, unpaid } from "../shared/moves.ts";
import { stateOf } from "../shared/state.ts";
import {
  attest,
  authorized,
  COLLECTION,
  ethers,
  fixture,
  key,
  sign3009,
  termsFor,
  UNIT,
  type Suite,
} from "../shared/suite.ts";

const attacker = new ethers.Wallet(key("attacker"));
const MAX = 2n ** 256n - 1n;

/** The attacker's own payment of 100, and what wraps a call of his choice into its signature. */
async function scene() {
  const suite = await fixture();
  const victim = await authorized(suite);
  await suite.token.mint(attacker.address, 1_000n * UNIT);
  const terms = await termsFor(suite, { payer: attacker.address, salt: 66n });
  const signed = await sign3009(suite, attacker, terms);
  const attack = async (target: string, data: string) => {
    const signature = payments.wrapSignature(signed, target, data);
    return suite.escrow.connect(suite.stranger).authorize(unpaid(suite, terms).packed, COLLECTION.Erc3009, signature);
  };
  return { suite, victim, terms, attack };
}

/** Who makes the prepare calls: the first contract that the first contract made by the escrow has made. */
function preparerOf(suite: Suite): string {
  return getCreateAddress({ from: getCreateAddress({ from: suite.site.escrow, nonce: 1 }), nonce: 1 });
}

/** The victim's payment and everybody's money are as they were, but for the attacker's own 100 in escrow. */
async function expectOwnMoneyOnly(suite: Suite, victim: { id: string }, terms: Terms): Promise<void> {
  expect((await stateOf(suite, victim.id)).capturable).to.equal(100n * UNIT);
  expect((await stateOf(suite, unpaid(suite, terms).id)).capturable).to.equal(100n * UNIT);
  expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(200n * UNIT);
  expect(await suite.token.balanceOf(attacker.address)).to.equal(900n * UNIT);
  expect(await suite.token.balanceOf(suite.payer.address)).to.equal(999_900n * UNIT);
}

describe("E11: a prepare call does nothing in the escrow's name", () => {
  it("moves no token: transfer, transferFrom of a payer with an allowance, approve", async () => {
    for (const method of ["transfer", "transferFrom", "approve"] as const) {
      const { suite, victim, terms, attack } = await scene();
      const { interface: abi } = suite.token;
      const { address } = attacker;
      const calls = {
        transfer: abi.encodeFunctionData("transfer", [address, 100n * UNIT]),
        transferFrom: abi.encodeFunctionData("transferFrom", [suite.payer.address, address, 100n * UNIT]),
        approve: abi.encodeFunctionData("approve", [address, MAX]),
      };
      await attack(await suite.token.getAddress(), calls[method]);
      await expectOwnMoneyOnly(suite, victim, terms);
      expect(await suite.token.allowance(suite.site.escrow, address)).to.equal(0n);
    }
  });

  it("reaches no function of the escrow, which is locked", async () => {
    const { suite, victim, terms, attack } = await scene();
    const attestation = await attest(suite, victim);
    const { interface: abi } = suite.escrow;
    for (const data of [
      abi.encodeFunctionData("post", [victim.packed, attestation]),
      abi.encodeFunctionData("authorize", [victim.packed, COLLECTION.Allowance, "0x"]),
      abi.encodeFunctionData("sweep", [victim.terms.token, suite.feeReceiver.address]),
    ]) {
      const snapshot = await ethers.provider.send("evm_snapshot", []);
      await attack(suite.site.escrow, data);
      await expectOwnMoneyOnly(suite, victim, terms);
      expect((await stateOf(suite, victim.id)).band).to.equal(0n);
      await ethers.provider.send("evm_revert", [snapshot]);
    }
    await post(suite, victim);
  });

  it("comes from a contract that has nothing and that nobody else can use", async () => {
    const { suite, victim, terms, attack } = await scene();
    const probe = await ethers.deployContract("CallerProbe");
    await attack(await probe.getAddress(), "0x12345678");
    const preparer = preparerOf(suite);
    expect(await probe.lastCaller()).to.equal(preparer);
    expect(await suite.token.balanceOf(preparer)).to.equal(0n);
    expect(await suite.token.allowance(suite.payer.address, preparer)).to.equal(0n);
    const contract = await ethers.getContractAt("Preparer", preparer, suite.stranger);
    await expect(contract.call(await suite.token.getAddress(), "0x"))
      .to.be.revertedWithCustomError(contract, "NotEscrow")
      .withArgs(suite.stranger.address, suite.site.escrow);
    expect(await suite.escrow.collectorCaller()).not.to.equal(preparer);
    await expectOwnMoneyOnly(suite, victim, terms);
  });

  it("may fail: only the signature inside decides", async () => {
    const { suite, victim, terms, attack } = await scene();
    await attack(await suite.token.getAddress(), keccakText("nothing()").slice(0, 10));
    await expectOwnMoneyOnly(suite, victim, terms);
  });

  it("is not made at all for a wrapped signature whose parts lie outside of it", async () => {
    const { suite, terms } = await scene();
    const mark = "6492".repeat(16);
    const far = "f".repeat(64);
    for (const heads of [`${far}${far}${far}`, `${"0".repeat(64)}${far}${far}`, "0".repeat(192)]) {
      const signature = `0x${heads}${"0".repeat(192)}${mark}`;
      const { packed } = unpaid(suite, terms);
      await expect(suite.escrow.authorize(packed, COLLECTION.Erc3009, signature)).to.be.revert(ethers);
    }
  });
});
