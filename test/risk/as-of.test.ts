import { expect } from "chai";
import { ZeroHash, toBeHex } from "ethers";

import { judged } from "../shared/gate.ts";
import { setPolicy } from "../shared/moves.ts";
import { BAND, ethers, fixture, networkHelpers, POLICY } from "../shared/suite.ts";

const AGE = 2 ** POLICY.refreshLog2;
const WRONG_HASH = toBeHex(7, 32);
const HISTORY = "0x0000F90827F1C53a10cb7A02335B175320002935";
/** Runtime code of the history contract as EIP-2935 gives it. */
const HISTORY_CODE =
  "0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";
const HISTORY_LENGTH = 8_191;

async function hashOf(block: number): Promise<string> {
  return (await ethers.provider.getBlock(block))?.hash ?? ZeroHash;
}

/** The simulated chain has no EIP-2935 of its own: puts its contract there and the entry that the chain would have made. */
async function remember(block: number): Promise<void> {
  await networkHelpers.setCode(HISTORY, HISTORY_CODE);
  await networkHelpers.setStorageAt(HISTORY, block % HISTORY_LENGTH, await hashOf(block));
}

describe("RiskGate: asOf", () => {
  it("is the payment's block, then each time another 2^refreshLog2 blocks have passed, that block", async () => {
    const suite = await fixture();
    const block = await networkHelpers.time.latestBlock();
    for (const [age, k] of [
      [1, 0],
      [AGE, 0],
      [AGE + 1, 1],
      [2 * AGE, 1],
      [2 * AGE + 1, 2],
    ] as const) {
      await networkHelpers.mineUpTo(block + age);
      const asOf = block + k * AGE;
      expect(await suite.gate.asOfFor(block)).to.deep.equal([BigInt(asOf), BigInt(asOf + AGE)]);
      const { band, refreshed } = await judged(suite, block, { asOf });
      expect([band, refreshed]).to.deep.equal([BAND.Allow, k > 0]);
      for (const other of [asOf - AGE, asOf - 1, asOf + 1, asOf + AGE]) {
        if (other < 0) continue;
        await expect(judged(suite, block, { asOf: other, asOfHash: WRONG_HASH }))
          .to.be.revertedWithCustomError(suite.gate, "WrongAsOf")
          .withArgs(asOf, other);
      }
    }
  });

  it("reverts for a payment of the current block or a later one", async () => {
    const suite = await fixture();
    const block = await networkHelpers.time.latestBlock();
    for (const later of [block, block + 1]) {
      await expect(judged(suite, later))
        .to.be.revertedWithCustomError(suite.gate, "AsOfNotPast")
        .withArgs(later, block);
      await expect(suite.gate.asOfFor(later)).to.be.revertedWithCustomError(suite.gate, "AsOfNotPast");
    }
  });
});

describe("RiskGate: asOfHash", () => {
  for (const age of [1, 200, 256, 300, 8_000]) {
    it(`is checked ${age} blocks later`, async () => {
      const suite = await fixture();
      await setPolicy(suite, { refreshLog2: 14 });
      const block = await networkHelpers.time.latestBlock();
      const hash = await hashOf(block);
      if (age > 256) await remember(block);
      await networkHelpers.mine(age);
      expect((await judged(suite, block)).band).to.equal(BAND.Allow);
      await expect(judged(suite, block, { asOfHash: WRONG_HASH }))
        .to.be.revertedWithCustomError(suite.gate, "WrongAsOfHash")
        .withArgs(hash, WRONG_HASH);
    });
  }

  it("is taken as signed once the chain has forgotten the block, 8,192 blocks later", async () => {
    const suite = await fixture();
    const hashes = await ethers.deployContract("BlockHashesHarness");
    await setPolicy(suite, { refreshLog2: 14 });
    const block = await networkHelpers.time.latestBlock();
    await remember(block);
    await networkHelpers.mine(HISTORY_LENGTH);
    expect(await hashes.find(block)).to.equal(await hashOf(block));
    await networkHelpers.mine(1);
    expect(await hashes.find(block)).to.equal(ZeroHash);
    expect((await judged(suite, block, { asOfHash: WRONG_HASH })).band).to.equal(BAND.Allow);
  });

  it("is unknown for the current block and later ones", async () => {
    await fixture();
    const hashes = await ethers.deployContract("BlockHashesHarness");
    const block = await networkHelpers.time.latestBlock();
    for (const later of [block, block + 1, 2 ** 40]) expect(await hashes.find(later)).to.equal(ZeroHash);
  });

  it("is known for 256 blocks on a chain without the history contract", async () => {
    await fixture();
    await networkHelpers.setCode(HISTORY, "0x");
    const hashes = await ethers.deployContract("BlockHashesHarness");
    const block = await networkHelpers.time.latestBlock();
    await networkHelpers.mine(256);
    expect(await hashes.find(block)).to.equal(await hashOf(block));
    await networkHelpers.mine(1);
    expect(await hashes.find(block)).to.equal(ZeroHash);
  });

  it("is unknown where another contract stands at the history's address and answers too much or reverts", async () => {
    await fixture();
    const hashes = await ethers.deployContract("BlockHashesHarness");
    await networkHelpers.mine(300);
    // return(0, 64) of ones; revert(0, 0)
    for (const code of ["0x5f196000525f1960205260405ff3", "0x5f5ffd"]) {
      await networkHelpers.setCode(HISTORY, code);
      expect(await hashes.find(1)).to.equal(ZeroHash);
    }
  });
});
