import { expect } from "chai";
import { concat, toBeHex, type BytesLike } from "ethers";

import { fuzzRuns, random, type Random } from "../shared/random.ts";
import { ethers, networkHelpers } from "../shared/suite.ts";

const SEED = Number(process.env["SLUICE_TEST_SEED"] ?? 1_500);
const MARK = `0x${"6492".repeat(16)}`;

const deploy = () => ethers.deployContract("AssemblyTwins");

function bytes(dice: Random, length: number): string {
  return length === 0 ? "0x" : toBeHex(dice.bits(8 * length), length);
}

function address(dice: Random): string {
  return ethers.getAddress(bytes(dice, 20));
}

/** Runs one draw after another; a failure names seed and run. */
async function fuzz(usual: number, seed: number, run: (dice: Random, what: string) => Promise<void>): Promise<void> {
  const dice = random(seed);
  for (let count = 0; count < fuzzRuns(usual); count += 1) await run(dice, `seed ${seed}, run ${count}`);
}

function expectSame(pair: { fast: unknown; plain: unknown }, what: string): void {
  expect(pair.fast, what).to.equal(pair.plain);
}

describe("assembly against its plain twin: hashes and words", () => {
  it(`the id of terms, every bit of every word in use (seed ${SEED})`, async () => {
    const twins = await networkHelpers.loadFixture(deploy);
    await fuzz(200, SEED, async (dice, what) => {
      const words = Array.from({ length: 7 }, () => dice.bits(256)) as [bigint, ...bigint[]];
      const [payerAmount, payeeWindows, operatorRefund, tokenBond, feeReceiverRuling, arbiterReferral, salt] = words;
      const terms = { payerAmount, payeeWindows, operatorRefund, tokenBond, feeReceiverRuling, arbiterReferral, salt };
      const all = terms as { [K in keyof typeof terms]: bigint }; // seven were drawn
      expectSame(await twins.termsId(all, bytes(dice, 32)), what);
    });
  });

  it(`the id of channel terms (seed ${SEED + 1})`, async () => {
    const twins = await networkHelpers.loadFixture(deploy);
    await fuzz(100, SEED + 1, async (dice, what) => {
      const [payer, payee, token, signer] = [address(dice), address(dice), address(dice), address(dice)];
      const terms = { payer, payee, token, signer, exitDelay: dice.bits(32), salt: dice.bits(256) };
      expectSame(await twins.channelId(terms, bytes(dice, 32)), what);
    });
  });

  it(`the head and the digest of an attestation, whatever follows it (seed ${SEED + 2})`, async () => {
    const twins = await networkHelpers.loadFixture(deploy);
    await fuzz(100, SEED + 2, async (dice, what) => {
      const attestation = bytes(dice, 72 + dice.below(130));
      expectSame(await twins.readAttestation(attestation, bytes(dice, 32), bytes(dice, 32)), what);
    });
  });

  it(`the bucket of an amount: every power of two and its eighths, and draws of every size (seed ${SEED + 3})`, async () => {
    const twins = await networkHelpers.loadFixture(deploy);
    const edges = [0n, 1n, 2n];
    for (let msb = 2n; msb <= 48n; msb += 5n) {
      for (const near of [-1n, 0n, 1n, 1n << (msb > 3n ? msb - 3n : 0n)]) edges.push((1n << msb) + near);
    }
    for (const micro of edges) expectSame(await twins.bucket(micro), `of ${micro}`);
    await fuzz(150, SEED + 3, async (dice, what) => {
      const micro = dice.bits(1 + dice.below(63));
      expectSame(await twins.bucket(micro), `${what}: of ${micro}`);
    });
  });

  it(`the mark of a wrapped signature, at every length around the shortest (seed ${SEED + 4})`, async () => {
    const twins = await networkHelpers.loadFixture(deploy);
    const check = async (signature: BytesLike, what: string) => expectSame(await twins.isWrapped(signature), what);
    for (let length = 0; length <= 200; length += 8) {
      const head = `0x${"64".repeat(length)}`;
      for (const end of [MARK, MARK.slice(0, 64), `${MARK.slice(0, 65)}3`])
        await check(concat([head, end]), `${length}`);
    }
    await fuzz(40, SEED + 4, async (dice, what) => {
      const marked = dice.below(2) === 0 ? MARK : bytes(dice, 32);
      await check(concat([bytes(dice, dice.below(300)), marked]), what);
    });
  });

  it(`a parameter of a policy, read and written by its number (seed ${SEED + 5})`, async () => {
    const twins = await networkHelpers.loadFixture(deploy);
    const widths = [16, 16, 8, 8, 24, 24, 24, 24, 48, 48, 48, 16, 16];
    const names = ["holdAt", "blockAt", "protocolFeeBps", "refreshLog2", "holdDelay", "grace"];
    names.push("appealDelay", "silenceDelay", "silenceCap", "chargeCap", "channelCap", "stride", "auditShare");
    await fuzz(3, SEED + 5, async (dice, what) => {
      const policy = Object.fromEntries(names.map((name, index) => [name, dice.bits(widths[index] ?? 0)]));
      for (const [parameter, width] of widths.entries()) {
        const value = dice.bits(width);
        // The names are the fields of the struct, one value each.
        const args = [policy as Parameters<typeof twins.policyField>[0], parameter, value] as const;
        expectSame(await twins.policyField(...args), `${what}: ${names[parameter]}`);
      }
    });
  });

  it(`a channel's word, in the slot that its id names and no other (seed ${SEED + 6})`, async () => {
    const twins = await networkHelpers.loadFixture(deploy);
    const where = await twins.getAddress();
    await fuzz(12, SEED + 6, async (dice, what) => {
      const [id, word] = [bytes(dice, 32), dice.bits(256)];
      expect(await twins.storeChannel.staticCall(id, word), what).to.equal(word);
      await twins.storeChannel(id, word);
      expect(BigInt(await ethers.provider.getStorage(where, id)), what).to.equal(word);
    });
  });
});
