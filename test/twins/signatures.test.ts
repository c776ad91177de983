import { expect } from "chai";
import { computeAddress, concat, Signature, toBeHex, ZeroAddress, type SigningKey } from "ethers";

import { fuzzRuns, random, type Random } from "../shared/random.ts";
import { attesterKeys, epochConfig, ethers, key, networkHelpers } from "../shared/suite.ts";

const SEED = Number(process.env["SLUICE_TEST_SEED"] ?? 1_600);
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const deploy = () => ethers.deployContract("AssemblyTwins");

function bytes(dice: Random, length: number): string {
  return toBeHex(dice.bits(8 * length), length);
}

/** A signature as it should be, mirrored, damaged in a bit, cut, or drawn. */
function signatureOf(dice: Random, signer: SigningKey, digest: string): string {
  const { r, s, v, compactSerialized, serialized } = signer.sign(digest);
  const mirrored = concat([r, toBeHex(N - BigInt(s), 32), toBeHex(v === 27 ? 28 : 27, 1)]);
  const flipped = toBeHex(BigInt(serialized) ^ (1n << BigInt(dice.below(520))), 65);
  const odd = concat([r, s, toBeHex(dice.below(256), 1)]);
  const cut = serialized.slice(0, 2 + 2 * dice.below(66));
  return dice.pick([serialized, compactSerialized, mirrored, flipped, odd, cut, bytes(dice, 64), bytes(dice, 65)]);
}

describe("assembly against its plain twin: signatures", () => {
  it(`one signature of 64 or 65 bytes, true or not (seed ${SEED})`, async () => {
    const twins = await networkHelpers.loadFixture(deploy);
    const dice = random(SEED);
    let accepted = 0;
    for (let run = 0; run < fuzzRuns(150); run += 1) {
      const signer = key(`signer ${dice.below(4)}`);
      const digest = bytes(dice, 32);
      const signature = signatureOf(dice, signer, digest);
      const claimed = dice.pick([
        computeAddress(signer),
        computeAddress(signer),
        computeAddress(key("other")),
        ZeroAddress,
      ]);
      const { fast, plain } = await twins.signedBy(digest, claimed, signature);
      expect(fast, `seed ${SEED}, run ${run}: ${signature} of ${claimed}`).to.equal(plain);
      if (fast) accepted += 1;
    }
    expect(accepted, "both refuse everything").to.be.greaterThan(10);
  });

  it(`the walk over signatures and signers: in order, doubled, foreign, damaged, of sets from 1 to 16 (seed ${SEED + 1})`, async () => {
    const twins = await networkHelpers.loadFixture(deploy);
    const dice = random(SEED + 1);
    let found = 0;
    for (let run = 0; run < fuzzRuns(80); run += 1) {
      const keys = attesterKeys(1 + dice.below(16), `walk ${run % 5}`);
      const digest = bytes(dice, 32);
      const chosen = keys.filter(() => dice.below(2) === 0);
      const compact = chosen.map((one) => one.sign(digest).compactSerialized);
      if (dice.below(4) === 0 && compact.length > 1) compact.reverse();
      if (dice.below(4) === 0 && compact[0] !== undefined) compact.push(compact[0]);
      if (dice.below(4) === 0) compact.push(key("foreign").sign(digest).compactSerialized);
      if (dice.below(4) === 0) compact.splice(dice.below(compact.length + 1), 0, bytes(dice, 64));
      const attestation = concat([bytes(dice, 72), ...compact]);
      const set = keys.map((one) => computeAddress(one));
      const { fast, plain } = await twins.walk(attestation, digest, set);
      expect(fast, `seed ${SEED + 1}, run ${run}`).to.equal(plain);
      if (BigInt(`0x${fast.slice(-64)}`) === 1n) found += 1;
    }
    expect(found, "no walk came to its end").to.be.greaterThan(10);
  });

  it("the list of signers that an epoch writes out, for each length", async () => {
    for (let count = 1; count <= 16; count += 1) {
      const keys = attesterKeys(count, "list");
      const config = epochConfig(keys, Math.floor(count / 2) + 1, computeAddress(key("token")));
      const epoch = await ethers.deployContract("DirectEpoch", [config]);
      expect([...(await epoch.signers())], `${count} signers`).to.deep.equal(config.signers);
    }
  });

  it("a compact signature and the long one of the same values are the same", async () => {
    const twins = await networkHelpers.loadFixture(deploy);
    const digest = `0x${"11".repeat(32)}`;
    const signer = key("both");
    const { r, s, v } = signer.sign(digest);
    for (const form of [Signature.from({ r, s, v }).serialized, Signature.from({ r, s, v }).compactSerialized]) {
      const { fast, plain } = await twins.signedBy(digest, computeAddress(signer), form);
      expect([fast, plain]).to.deep.equal([true, true]);
    }
  });
});
