import { expect } from "chai";

import { fuzzRuns, random } from "../shared/random.ts";
import { ethers } from "../shared/suite.ts";

const seed = Number(process.env["SLUICE_TEST_SEED"] ?? 24_016);

/** The same by other means: as many low bits cut off as leave sixteen. */
function expected(amount: bigint): { raw: bigint; value: bigint } {
  const bits = amount.toString(2).length;
  const exponent = BigInt(Math.max(0, bits - 16));
  return { raw: (amount >> exponent) | (exponent << 16n), value: (amount >> exponent) << exponent };
}

describe("Float24", () => {
  it("is exact below 2^16 and rounds down at every power of two, by less than 2^-15", async () => {
    const harness = await ethers.deployContract("Float24Harness");
    const edges = Array.from({ length: 256 }, (_, bit) => [
      2n ** BigInt(bit) - 1n,
      2n ** BigInt(bit),
      2n ** BigInt(bit) + 1n,
    ]);
    for (const amount of [...edges.flat(), 2n ** 256n - 1n]) {
      const { raw, value } = expected(amount);
      expect(await harness.encode(amount)).to.equal(raw);
      expect(await harness.decode(raw)).to.equal(value);
      expect(amount - value < 2n ** 15n ? amount - value <= amount : (amount - value) << 15n < amount).to.equal(true);
      if (amount < 2n ** 16n) expect(value).to.equal(amount);
    }
  });

  it(`never leaves more than the exact difference, nor a unit less (seed ${seed})`, async () => {
    const harness = await ethers.deployContract("Float24Harness");
    const dice = random(seed);
    for (let run = 0; run < fuzzRuns(150); run += 1) {
      const { raw, value } = expected(dice.bits(1 + dice.below(120)));
      const amount = dice.pick([
        0n,
        1n,
        value,
        value - (value > 0n ? 1n : 0n),
        value === 0n ? 0n : dice.bits(120) % (value + 1n),
      ]);
      const left = await harness.decode(await harness.minus(raw, amount));
      const unit = 2n ** (raw >> 16n);
      const message = `seed ${seed}, run ${run}: ${value} − ${amount}`;
      expect(left <= value - amount && value - amount - left < unit, message).to.equal(true);
    }
  });
});
