import { readFile } from "node:fs/promises";

import { rebateTree } from "@sluice/sdk";
import { expect } from "chai";
import { toBeHex } from "ethers";

import { ethers, networkHelpers, UNIT } from "../shared/suite.ts";
import {
  BOND,
  CHALLENGE_WINDOW,
  fixture,
  inForce,
  leavesOf,
  post,
  rootOf,
  RULING_WINDOW,
  signRoot,
  TIER_TABLE,
} from "./world.ts";

describe("RebatePool.fund", () => {
  it("counts what arrives, and refuses a token that delivers less and a gift of nothing", async () => {
    const world = await fixture();
    const { pool, address, operator } = world;
    expect((await pool.book(address)).funded).to.equal(1_000n * UNIT);
    await expect(pool.connect(operator).fund(address, 0n)).to.be.revertedWithCustomError(pool, "AmountZero");
    const tax = await ethers.deployContract("TaxToken");
    await tax.setTax(100, false);
    await tax.mint(operator.address, 100n);
    await tax.connect(operator).approve(await pool.getAddress(), 100n);
    await expect(pool.connect(operator).fund(await tax.getAddress(), 100n)).to.be.revertedWithCustomError(
      pool,
      "AmountReceived",
    );
  });
});

describe("RebatePool.post", () => {
  it("takes a quorum's root, which waits, and comes into force by time alone", async () => {
    const world = await fixture();
    const { pool, address } = world;
    const leaves = leavesOf(world, 30n * UNIT, 12n * UNIT);
    const root = await rootOf(world, leaves);
    await expect(post(world, root)).to.emit(pool, "RootPosted");
    expect((await pool.book(address)).root).to.equal(toBeHex(0, 32));
    await networkHelpers.time.increase(CHALLENGE_WINDOW);
    const { root: active, total, period, activeAt } = await pool.book(address);
    expect([active, total, period, activeAt]).to.deep.equal([root.root, 42n * UNIT, 1n, 0n]);
  });

  it("refuses too few, foreign, repeated and unsorted signatures, and one of another root", async () => {
    const world = await fixture();
    const { pool, keys } = world;
    const root = await rootOf(world, leavesOf(world, UNIT));
    const [first, second] = keys;
    if (!first || !second) throw new Error("two keys needed");
    const send = (signatures: string) => pool.post(root, signatures);
    await expect(send(signRoot(world, root, [first]))).to.be.revertedWithCustomError(pool, "QuorumNotMet");
    await expect(send(signRoot(world, root, [second, first]))).to.be.revertedWithCustomError(pool, "SignersNotSorted");
    await expect(send(signRoot(world, root, [first, first]))).to.be.revertedWithCustomError(pool, "SignersNotSorted");
    await expect(send(`${signRoot(world, root)}00`)).to.be.revertedWithCustomError(pool, "SignaturesLength");
    const other = signRoot(world, { ...root, total: root.total + 1n });
    await expect(send(other)).to.be.revertedWithCustomError(pool, "NotASigner");
  });

  it("refuses another period, another tier table, a falling total, one above the funds and a wrong block", async () => {
    const world = await fixture();
    const { pool, address } = world;
    await inForce(world, leavesOf(world, 40n * UNIT));
    const leaves = leavesOf(world, 50n * UNIT);
    const refused = [
      [{ period: 3n }, "WrongPeriod", [2n, 3n]],
      [{ period: 2n, tierTable: toBeHex(1, 32) }, "WrongTierTable", [TIER_TABLE, toBeHex(1, 32)]],
      [{ period: 2n, total: 39n * UNIT }, "TotalFell", [40n * UNIT, 39n * UNIT]],
      [{ period: 2n, total: 1_001n * UNIT }, "TotalAboveFunded", [1_001n * UNIT, 1_000n * UNIT]],
    ] as const;
    for (const [changes, error, args] of refused) {
      const root = await rootOf(world, leaves, changes);
      await expect(post(world, root))
        .to.be.revertedWithCustomError(pool, error)
        .withArgs(...args);
    }
    const forged = await rootOf(world, leaves, { period: 2n, asOfHash: toBeHex(9, 32) });
    await expect(post(world, forged))
      .to.be.revertedWithCustomError(pool, "BlockHashMismatch")
      .withArgs(forged.asOf, forged.asOfHash);
    await post(world, await rootOf(world, leaves, { period: 2n }));
    const next = await rootOf(world, leaves, { period: 2n });
    await expect(post(world, next)).to.be.revertedWithCustomError(pool, "RootWaiting");
    expect((await pool.book(address)).period).to.equal(1n);
  });
});

describe("RebatePool.claim", () => {
  it("pays each account what its leaf says, whoever asks, and only the rise afterwards", async () => {
    const world = await fixture();
    const { pool, address, token, payee, feeReceiver } = world;
    const first = await inForce(world, leavesOf(world, 30n * UNIT, 12n * UNIT, 5n * UNIT));
    const before = await token.balanceOf(payee.address);
    const byAnybody = pool.connect(world.stranger);
    await expect(byAnybody.claim(address, payee.address, 30n * UNIT, first.proof(payee.address)))
      .to.emit(pool, "Claimed")
      .withArgs(address, payee.address, 30n * UNIT, 30n * UNIT);
    await expect(byAnybody.claim(address, payee.address, 30n * UNIT, first.proof(payee.address)))
      .to.be.revertedWithCustomError(pool, "NothingToClaim")
      .withArgs(address, payee.address, 30n * UNIT);
    const second = await inForce(world, leavesOf(world, 31n * UNIT, 12n * UNIT, 9n * UNIT), { period: 2n });
    await byAnybody.claim(address, payee.address, 31n * UNIT, second.proof(payee.address));
    await byAnybody.claim(address, feeReceiver.address, 12n * UNIT, second.proof(feeReceiver.address));
    expect((await token.balanceOf(payee.address)) - before).to.equal(31n * UNIT);
    expect((await pool.book(address)).claimed).to.equal(43n * UNIT);
    expect(await pool.claimedOf(address, payee.address)).to.equal(31n * UNIT);
  });

  it("does what docs/operations/rebates.md tells, figure by figure", async () => {
    const world = await fixture();
    const { pool, address, token, payee } = world;
    const page = await readFile("docs/operations/rebates.md", "utf8");
    const values = async () => {
      const { funded, claimed } = await pool.book(address);
      const [held, pooled] = [await token.balanceOf(payee.address), await token.balanceOf(await pool.getAddress())];
      return [funded, claimed, held, pooled].map((value) => (value / UNIT).toLocaleString("en"));
    };
    const tree = await inForce(world, leavesOf(world, 30n * UNIT, 12n * UNIT));
    const before = await values();
    await pool.claim(address, payee.address, 30n * UNIT, tree.proof(payee.address));
    const after = await values();
    const names = ["funded", "claimed", "payee holds", "pool holds"];
    for (const [row, name] of names.entries()) expect(page).to.contain(`| ${name} | ${before[row]} | ${after[row]} |`);
  });

  it("refuses a proof for another amount, another account, and an inner node as a leaf", async () => {
    const world = await fixture();
    const { pool, address, payee, stranger } = world;
    const tree = await inForce(world, leavesOf(world, 30n * UNIT, 12n * UNIT, 5n * UNIT));
    const proof = tree.proof(payee.address);
    for (const [account, amount, path] of [
      [payee.address, 31n * UNIT, proof],
      [stranger.address, 30n * UNIT, proof],
      [payee.address, 30n * UNIT, proof.slice(1)],
      [payee.address, 30n * UNIT, []],
    ] as const) {
      await expect(pool.claim(address, account, amount, [...path]))
        .to.be.revertedWithCustomError(pool, "ProofInvalid")
        .withArgs(account, amount);
    }
  });

  it("keeps a denied account's claim for later, and nobody else waits for it", async () => {
    const world = await fixture();
    const { pool, payee, feeReceiver, operator } = world;
    const token = await ethers.deployContract("DenyListToken");
    const address = await token.getAddress();
    await token.mint(operator.address, 100n * UNIT);
    await token.connect(operator).approve(await pool.getAddress(), 2n ** 255n);
    await pool.connect(operator).fund(address, 100n * UNIT);
    const tree = await inForce({ ...world, address }, leavesOf(world, 30n * UNIT, 12n * UNIT));
    await token.setDenied(payee.address, true);
    const denied = () => pool.claim(address, payee.address, 30n * UNIT, tree.proof(payee.address));
    await expect(denied()).to.be.revertedWithCustomError(pool, "TransferFailed");
    await pool.claim(address, feeReceiver.address, 12n * UNIT, tree.proof(feeReceiver.address));
    await token.setDenied(payee.address, false);
    await denied();
    expect(await token.balanceOf(payee.address)).to.equal(30n * UNIT);
  });
});

describe("RebatePool.challenge", () => {
  async function challenged() {
    const world = await fixture();
    await inForce(world, leavesOf(world, 30n * UNIT, 12n * UNIT));
    const leaves = leavesOf(world, 500n * UNIT, 12n * UNIT);
    await post(world, await rootOf(world, leaves, { period: 2n }));
    const own = rebateTree(leavesOf(world, 35n * UNIT, 12n * UNIT)).root;
    await world.pool.connect(world.stranger).challenge(world.address, own);
    return { world, leaves, own };
  }

  it("stops the waiting root while the one before it stays claimable", async () => {
    const { world, leaves } = await challenged();
    const { pool, address, payee } = world;
    await networkHelpers.time.increase(CHALLENGE_WINDOW + 1);
    const before = rebateTree(leavesOf(world, 30n * UNIT, 12n * UNIT));
    await pool.claim(address, payee.address, 30n * UNIT, before.proof(payee.address));
    const proof = rebateTree(leaves).proof(payee.address);
    await expect(pool.claim(address, payee.address, 500n * UNIT, proof)).to.be.revertedWithCustomError(
      pool,
      "ProofInvalid",
    );
    const next = await rootOf(world, leaves, { period: 2n });
    await expect(post(world, next)).to.be.revertedWithCustomError(pool, "RootWaiting");
  });

  it("that is upheld drops the root and gives the bond back; the period takes another root", async () => {
    const { world } = await challenged();
    const { pool, address, stranger, bondToken, deployer } = world;
    const before = await bondToken.balanceOf(stranger.address);
    await pool.connect(deployer).rule(address, true);
    expect((await bondToken.balanceOf(stranger.address)) - before).to.equal(BOND);
    await inForce(world, leavesOf(world, 35n * UNIT, 12n * UNIT), { period: 2n });
    expect((await pool.book(address)).total).to.equal(47n * UNIT);
  });

  it("that is not upheld costs the bond, and the root comes into force", async () => {
    const { world, leaves } = await challenged();
    const { pool, address, deployer, bondToken } = world;
    await pool.connect(deployer).rule(address, false);
    expect(await bondToken.balanceOf(world.treasury.address)).to.equal(BOND);
    const book = await pool.book(address);
    expect([book.root, book.period]).to.deep.equal([rebateTree(leaves).root, 2n]);
  });

  it("that nobody rules ends by time: the root falls, the bond goes back", async () => {
    const { world } = await challenged();
    const { pool, address, stranger, bondToken, deployer } = world;
    await expect(pool.expire(address)).to.be.revertedWithCustomError(pool, "RulingOpen");
    const { ruleBy } = await pool.challengeOf(address);
    await networkHelpers.time.increaseTo(ruleBy);
    await expect(pool.connect(deployer).rule(address, false)).to.be.revertedWithCustomError(pool, "RulingTooLate");
    const before = await bondToken.balanceOf(stranger.address);
    await pool.expire(address);
    expect((await bondToken.balanceOf(stranger.address)) - before).to.equal(BOND);
    expect((await pool.book(address)).activeAt).to.equal(0n);
    expect(RULING_WINDOW > CHALLENGE_WINDOW).to.equal(true);
  });

  it("comes in time, once, with another root, about one that waits", async () => {
    const { world, own } = await challenged();
    const { pool, address, stranger } = world;
    const again = () => pool.connect(stranger).challenge(address, own);
    await expect(again()).to.be.revertedWithCustomError(pool, "AlreadyChallenged").withArgs(address, stranger.address);
    await pool.connect(world.deployer).rule(address, true);
    await expect(again()).to.be.revertedWithCustomError(pool, "NoRootWaiting").withArgs(address);
    const leaves = leavesOf(world, 35n * UNIT, 12n * UNIT);
    await post(world, await rootOf(world, leaves, { period: 2n }));
    await expect(again()).to.be.revertedWithCustomError(pool, "ChallengeAgrees").withArgs(own);
    await networkHelpers.time.increase(CHALLENGE_WINDOW);
    await expect(pool.connect(stranger).challenge(address, toBeHex(1, 32))).to.be.revertedWithCustomError(
      pool,
      "ChallengeTooLate",
    );
    await expect(pool.connect(world.deployer).rule(address, true))
      .to.be.revertedWithCustomError(pool, "NotChallenged")
      .withArgs(address);
  });
});

describe("RebatePool.withdraw", () => {
  it("takes out only what no root has promised, a waiting one included, by the timelock", async () => {
    const world = await fixture();
    const { pool, address, deployer, stranger } = world;
    await inForce(world, leavesOf(world, 300n * UNIT));
    await post(world, await rootOf(world, leavesOf(world, 400n * UNIT), { period: 2n }));
    await expect(pool.connect(deployer).withdraw(address, 601n * UNIT))
      .to.be.revertedWithCustomError(pool, "TotalAboveFunded")
      .withArgs(1_001n * UNIT, 1_000n * UNIT);
    await pool.connect(deployer).withdraw(address, 600n * UNIT);
    for (const act of [
      pool.connect(stranger).withdraw(address, 1n),
      pool.connect(stranger).rule(address, true),
      pool.connect(stranger).setTierTable(toBeHex(1, 32)),
    ]) {
      await expect(act).to.be.revertedWithCustomError(pool, "NotTimelock").withArgs(stranger.address, deployer.address);
    }
  });
});
