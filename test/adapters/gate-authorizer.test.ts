import { expect } from "chai";
import { attestationDigest, packAttestation } from "@sluice/sdk";
import { computeAddress, ZeroAddress } from "ethers";

import { at } from "../shared/moves.ts";
import { DAY, ethers, factsScoring, fixture, networkHelpers, POLICY, UNIT, type Suite } from "../shared/suite.ts";

const NEVER = 2n ** 40n - 1n;

/** An escrow in the style of commerce-payments whose operator asks the gate, and one payment authorized in it. */
async function commerce(suite: Suite, observed = true) {
  const escrow = await ethers.deployContract("CommerceEscrow");
  const authorizer = await ethers.deployContract("GateAuthorizer", [
    await escrow.getAddress(),
    await suite.gate.getAddress(),
  ]);
  const operator = await ethers.deployContract("PolicyOperator", [
    await escrow.getAddress(),
    await authorizer.getAddress(),
  ]);
  const now = await networkHelpers.time.latest();
  const info = {
    operator: await operator.getAddress(),
    payer: suite.payer.address,
    receiver: suite.payee.address,
    token: await suite.token.getAddress(),
    maxAmount: 100n * UNIT,
    preApprovalExpiry: now + DAY,
    authorizationExpiry: now + 30 * DAY,
    refundExpiry: now + 60 * DAY,
    minFeeBps: 0,
    maxFeeBps: 100,
    feeReceiver: ZeroAddress,
    salt: 1n,
  };
  await suite.token.connect(suite.payer).approve(await escrow.getAddress(), info.maxAmount);
  await operator.authorize(info, 90n * UNIT);
  const id = await escrow.getHash(info);
  const block = (await ethers.provider.getBlockNumber()) + 1;
  if (observed) await authorizer.connect(suite.stranger).observe(info);
  await networkHelpers.mine(1);
  const capture = (amount: bigint) => operator.capture(info, amount, 100n, suite.feeReceiver.address);
  return { escrow, authorizer, operator, info, id, block, capture };
}

type Commerce = Awaited<ReturnType<typeof commerce>>;

/** An attestation of facts with this score, as of the block given, by two of the three attesters. */
async function attestFor(suite: Suite, { id }: Commerce, score: number, asOf: number): Promise<string> {
  const block = await ethers.provider.getBlock(asOf);
  const statement = { subject: id, asOf, asOfHash: block?.hash ?? "", facts: factsScoring(score) };
  const digest = attestationDigest(statement, { chainId: suite.chainId, epoch: await suite.epoch.getAddress() });
  const two = suite.keys.slice(0, 2);
  return packAttestation(
    statement,
    two.map((one) => ({ signer: computeAddress(one), signature: one.sign(digest).serialized })),
  );
}

describe("GateAuthorizer, the gate as a capture authorizer", () => {
  it("lets nothing through before a band is posted, and a capture after an Allow", async () => {
    const suite = await fixture();
    const shop = await commerce(suite);
    await expect(shop.capture(UNIT)).to.be.revertedWithCustomError(shop.operator, "CaptureRefused");
    const attestation = await attestFor(suite, shop, 100, shop.block);
    await expect(shop.authorizer.connect(suite.stranger).post(shop.info, attestation))
      .to.emit(shop.authorizer, "Screened")
      .withArgs(shop.id, 1n, 100n, (second: bigint) => second > 0n);
    await shop.capture(40n * UNIT);
    await shop.capture(50n * UNIT);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal((90n * UNIT * 99n) / 100n);
    expect(await suite.token.balanceOf(suite.feeReceiver.address)).to.equal((90n * UNIT) / 100n);
  });

  it("answers false on a Hold until it has matured", async () => {
    const suite = await fixture();
    const shop = await commerce(suite);
    await shop.authorizer.post(shop.info, await attestFor(suite, shop, 9_800, shop.block));
    const { opensAt, band, score } = await shop.authorizer.screening(shop.id);
    expect([band, score]).to.deep.equal([2n, 9_800n]);
    expect(opensAt).to.equal(BigInt((await networkHelpers.time.latest()) + POLICY.holdDelay));
    await at(opensAt - 1n);
    await expect(shop.capture(UNIT)).to.be.revertedWithCustomError(shop.operator, "CaptureRefused");
    await at(opensAt);
    await shop.capture(UNIT);
  });

  it("answers false on a Block for ever, and the payer reclaims by the escrow's own rules", async () => {
    const suite = await fixture();
    const shop = await commerce(suite);
    await shop.authorizer.post(shop.info, await attestFor(suite, shop, 10_000, shop.block));
    expect((await shop.authorizer.screening(shop.id)).opensAt).to.equal(NEVER);
    await at(shop.info.authorizationExpiry - 1);
    await expect(shop.capture(UNIT)).to.be.revertedWithCustomError(shop.operator, "CaptureRefused");
    const before = await suite.token.balanceOf(suite.payer.address);
    await at(shop.info.authorizationExpiry);
    await shop.escrow.connect(suite.stranger).reclaim(shop.info);
    expect((await suite.token.balanceOf(suite.payer.address)) - before).to.equal(90n * UNIT);
  });

  it("takes the first observation's block and refuses a second one and facts of another block", async () => {
    const suite = await fixture();
    const shop = await commerce(suite);
    await expect(shop.authorizer.connect(suite.payee).observe(shop.info))
      .to.be.revertedWithCustomError(shop.authorizer, "AlreadyObserved")
      .withArgs(shop.id, BigInt(shop.block));
    const other = await attestFor(suite, shop, 100, shop.block - 1);
    await expect(shop.authorizer.post(shop.info, other))
      .to.be.revertedWithCustomError(suite.gate, "WrongAsOf")
      .withArgs(BigInt(shop.block), BigInt(shop.block - 1));
  });

  it("says what it observed, with the largest amount the payer signed", async () => {
    const suite = await fixture();
    const shop = await commerce(suite, false);
    await expect(shop.authorizer.observe(shop.info))
      .to.emit(shop.authorizer, "Observed")
      .withArgs(shop.id, shop.info.payer, shop.info.receiver, shop.info.token, shop.info.maxAmount);
  });

  it("keeps its answer: only a refresh turns an Allow into a Hold, never into a Block", async () => {
    const suite = await fixture();
    const shop = await commerce(suite);
    const first = await attestFor(suite, shop, 100, shop.block);
    await shop.authorizer.post(shop.info, first);
    await expect(shop.authorizer.post(shop.info, first))
      .to.be.revertedWithCustomError(shop.authorizer, "AlreadyScreened")
      .withArgs(shop.id, 1n);
    const later = shop.block + 2 ** POLICY.refreshLog2;
    while ((await ethers.provider.getBlockNumber()) <= later) await networkHelpers.mine(1);
    await shop.authorizer.post(shop.info, await attestFor(suite, shop, 10_000, later));
    expect((await shop.authorizer.screening(shop.id)).band).to.equal(2n);
    await expect(shop.authorizer.post(shop.info, await attestFor(suite, shop, 100, later)))
      .to.be.revertedWithCustomError(shop.authorizer, "AlreadyScreened")
      .withArgs(shop.id, 2n);
  });

  it("refuses to observe a payment the escrow does not hold, and to judge one that nobody observed", async () => {
    const suite = await fixture();
    const shop = await commerce(suite, false);
    const unknown = { ...shop.info, salt: 2n };
    await expect(shop.authorizer.observe(unknown))
      .to.be.revertedWithCustomError(shop.authorizer, "NothingToCapture")
      .withArgs(await shop.escrow.getHash(unknown));
    await expect(shop.authorizer.post(shop.info, "0x"))
      .to.be.revertedWithCustomError(shop.authorizer, "NotObserved")
      .withArgs(shop.id);
  });

  it("names the hook and ERC-165 as its interfaces, and its escrow and gate", async () => {
    const suite = await fixture();
    const { authorizer, escrow } = await commerce(suite);
    const hook = authorizer.interface.getFunction("authorizeCapture").selector;
    expect(await authorizer.supportsInterface(hook)).to.equal(true);
    expect(await authorizer.supportsInterface("0x01ffc9a7")).to.equal(true);
    expect(await authorizer.supportsInterface("0xffffffff")).to.equal(false);
    expect(await authorizer.escrow()).to.equal(await escrow.getAddress());
    expect(await authorizer.gate()).to.equal(await suite.gate.getAddress());
    const operator = await ethers.getContractFactory("PolicyOperator");
    const address = await escrow.getAddress();
    await expect(operator.deploy(address, address))
      .to.be.revertedWithCustomError(operator, "NotAnAuthorizer")
      .withArgs(address);
  });
});
