import { packTerms, payments } from "@sluice/sdk";

import { AMOUNT, attest, authorize3009, gasOf, makeTerms, posted, UNIT, type World } from "./world.ts";

export type Rows = Record<string, number>;

/** The token's plain transfer: the yardstick that makes two tables comparable. */
export async function tokenRows(world: World): Promise<Rows> {
  const { token, operator, payee, ethers } = world;
  const fresh = ethers.Wallet.createRandom().address;
  return {
    "token.transferExisting": await gasOf(token.connect(operator).transfer(payee.address, UNIT)),
    "token.transferNew": await gasOf(token.connect(operator).transfer(fresh, UNIT)),
  };
}

/** Rows of the escrow on a world whose quorum is two of three. */
export async function escrowRows(world: World): Promise<Rows> {
  const escrow = world.escrow.connect(world.operator);
  const first = await posted(world);
  const firstCapture = await gasOf(escrow.capture(first.made.packed, AMOUNT, 100n, 0, "0x"));

  const { gas: authorize } = await authorize3009(world);
  const kept = await posted(world);
  const pushed = await posted(world);
  const free = await posted(world);
  const voided = await authorize3009(world);
  const requested = await authorize3009(world);
  const rows: Rows = {
    "firstUse.escrow.capture1pct": firstCapture,
    "escrow.authorize3009": authorize,
    "escrow.authorizeAllowance": await authorizeByAllowance(world),
    "firstUse.escrow.authorizePermit2": await authorizeByPermit2(world, 0n),
    "escrow.authorizePermit2": await authorizeByPermit2(world, 1n),
    "escrow.post": kept.gas,
    "escrow.capture1pct": await gasOf(escrow.capture(kept.made.packed, AMOUNT, 100n, 0, "0x")),
    "escrow.capture1pctPushed": await gasOf(escrow.capture(pushed.made.packed, AMOUNT, 100n, 1, "0x")),
    "escrow.captureNoFee": await gasOf(escrow.capture(free.made.packed, AMOUNT, 0n, 0, "0x")),
    "escrow.refund": await gasOf(escrow.refund(free.made.packed, AMOUNT, 0)),
    "escrow.void": await gasOf(escrow.void(voided.made.packed, AMOUNT, 0)),
    "escrow.request": await gasOf(escrow.request(requested.made.packed)),
  };
  const expired = await authorize3009(world);
  await world.networkHelpers.time.increaseTo(expired.made.terms.captureBy);
  rows["escrow.reclaim"] = await gasOf(world.escrow.connect(world.stranger).reclaim(expired.made.packed));
  return rows;
}

/** The payer's own call under a standing allowance: one transaction. */
async function authorizeByAllowance(world: World): Promise<number> {
  const payer = world.payer.connect(world.ethers.provider);
  await world.networkHelpers.setBalance(payer.address, 10n ** 20n);
  await gasOf(world.token.connect(payer).approve(world.site.escrow, 2n ** 256n - 1n));
  const terms = await makeTerms(world);
  return gasOf(world.escrow.connect(payer).authorize(packTerms(terms), 0, "0x"));
}

/** Somebody else's call under one signature of the payer, who has given Permit2 a standing allowance. */
async function authorizeByPermit2(world: World, nonce: bigint): Promise<number> {
  const terms = await makeTerms(world);
  const signature = await payments.signPermit2(world.payer, world.site, terms, nonce);
  return gasOf(world.escrow.connect(world.operator).authorize(packTerms(terms), 2, signature));
}

/** A capture with the world's quorum in calldata, and the same capture with a posted band. */
export async function gateRows(world: World): Promise<{ attested: number; check: number }> {
  const escrow = world.escrow.connect(world.operator);
  const warmUp = await posted(world); // the fee entry exists before either capture
  await gasOf(escrow.capture(warmUp.made.packed, AMOUNT, 100n, 0, "0x"));
  const { made } = await authorize3009(world);
  const attested = await gasOf(escrow.capture(made.packed, AMOUNT, 100n, 0, await attest(world, made)));
  const bare = await posted(world);
  const plain = await gasOf(escrow.capture(bare.made.packed, AMOUNT, 100n, 0, "0x"));
  return { attested, check: attested - plain };
}

/** The model alone, by the harness that the vector tests use: second call and first call of a transaction. */
export async function modelRows(world: World): Promise<Rows> {
  const harness = await world.ethers.deployContract("ModelHarness");
  const facts = `0x${"2b".repeat(32)}`;
  const epoch = await world.epoch.getAddress();
  return {
    "gate.modelWarm": Number(await harness.warmGas(epoch, facts)),
    "gate.modelCold": Number(await harness.coldGas(epoch, facts)),
  };
}
