import { expect } from "chai";
import { network } from "hardhat";

import {
  checkTerms,
  decodeContractError,
  escrowContract,
  packTerms,
  paymentId,
  receiveAuthorizationTypedData,
  SluiceError,
  type Terms,
} from "../../sdk/src/index.ts";
import { randomTerms, seed, seeded, sensibleTerms } from "./samples.ts";

const { ethers } = await network.create();

async function deployEscrow() {
  const [first] = await ethers.getSigners();
  if (!first) throw new Error("the network has no accounts");
  const deployed = await ethers.deployContract("PaymentEscrow", [first.address, first.address, first.address]);
  const escrow = await ethers.getContractAt("IPaymentEscrow", await deployed.getAddress());
  const address = await escrow.getAddress();
  const { chainId } = await ethers.provider.getNetwork();
  return { escrow: escrowContract(address, first), site: { chainId, escrow: address }, account: first };
}

describe("sdk: against the real contracts", () => {
  it(`a payment's id is what the escrow answers (40 draws, seed ${seed})`, async () => {
    const { escrow, site } = await deployEscrow();
    const random = seeded(seed);
    for (let draw = 0; draw < 40; draw += 1) {
      const terms = randomTerms(random);
      const answer: unknown = await escrow.getFunction("idOf")(packTerms(terms));
      expect(answer, `draw ${draw}`).to.equal(paymentId(terms, site));
    }
  });

  it("an ERC-3009 authorization is under the local token's domain", async () => {
    const token = await ethers.deployContract("LocalToken");
    const { chainId } = await ethers.provider.getNetwork();
    const { domain } = receiveAuthorizationTypedData({
      token: await token.getAddress(),
      tokenName: "Local Token",
      tokenVersion: "1",
      chainId,
      from: ethers.ZeroAddress,
      to: ethers.ZeroAddress,
      value: 0n,
      validAfter: 0,
      validBefore: 0,
      nonce: ethers.ZeroHash,
    });
    expect(await token.getFunction("DOMAIN_SEPARATOR")()).to.equal(ethers.TypedDataEncoder.hashDomain(domain));
  });

  const refusedByBoth: [change: Partial<Terms>, error: string][] = [
    [{ amount: 0n }, "AmountZero"],
    [{ payee: ethers.ZeroAddress }, "PartyInvalid"],
    [{ captureBy: 1_999_999_999 }, "DeadlinesOutOfOrder"],
    [{ refundBy: 2_000_599_999 }, "DeadlinesOutOfOrder"],
    [{ minFeeBps: 101 }, "FeeRangeInvalid"],
    [{ maxFeeBps: 9_951 }, "FeeRangeInvalid"],
    [{ feeReceiver: ethers.ZeroAddress }, "FeeReceiverZero"],
    [{ defaultSplitBps: 10_001 }, "SplitOutOfRange"],
  ];
  for (const [change, error] of refusedByBoth) {
    it(`checkTerms refuses what the escrow refuses with ${error}: ${Object.keys(change).join()}`, async () => {
      const { escrow } = await deployEscrow();
      const token = await (await ethers.deployContract("LocalToken")).getAddress();
      const terms = { ...sensibleTerms(), token, ...change };
      expect(() => checkTerms(terms))
        .to.throw(SluiceError)
        .with.property("code", "TERMS_INVALID");
      const thrown = await failureOf(escrow.getFunction("authorize").staticCall(packTerms(terms), 0, "0x"));
      expect(decodeContractError(thrown)?.name).to.equal(error);
    });
  }

  it("terms at the highest fee pass both checks", async () => {
    const { escrow } = await deployEscrow();
    const token = await (await ethers.deployContract("LocalToken")).getAddress();
    const terms = { ...sensibleTerms(), token, maxFeeBps: 9_950 };
    checkTerms(terms);
    const thrown = await failureOf(escrow.getFunction("authorize").staticCall(packTerms(terms), 0, "0x"));
    expect(decodeContractError(thrown)?.name).to.equal("PayerSignatureInvalid");
  });
});

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.fail("the call went through"),
    (thrown: unknown) => thrown,
  );
}
