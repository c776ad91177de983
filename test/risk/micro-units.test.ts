import { expect } from "chai";

import { amountBucket, MAX_MICRO, microUnits } from "../../oracle/src/facts/units.ts";
import { fuzzRuns, random } from "../shared/random.ts";
import { ethers, fixture } from "../shared/suite.ts";

const SEED = 20_260_101;
const BATCH = 1_000;

async function harness() {
  await fixture();
  return ethers.deployContract("MicroUnitsHarness");
}

async function compareMicros(rows: readonly { amount: bigint; shift: number }[], seed: number): Promise<void> {
  const contract = await harness();
  for (let start = 0; start < rows.length; start += BATCH) {
    const some = rows.slice(start, start + BATCH);
    const answers = await contract.fromAmounts(
      some.map((row) => row.amount),
      some.map((row) => row.shift),
    );
    some.forEach(({ amount, shift }, index) => {
      expect(answers[index], `seed ${seed}: ${amount} / 10^${shift}`).to.equal(microUnits(amount, shift));
    });
  }
}

async function compareBuckets(micros: readonly number[], seed: number): Promise<void> {
  const contract = await harness();
  for (let start = 0; start < micros.length; start += BATCH) {
    const some = micros.slice(start, start + BATCH);
    const answers = await contract.buckets(some);
    some.forEach((micro, index) => {
      expect(answers[index], `seed ${seed}: bucket of ${micro}`).to.equal(amountBucket(micro));
    });
  }
}

describe("MicroUnits against the oracle's units", () => {
  it("agrees on random amounts of every size and shift", async () => {
    const { seed, bits, below } = random(SEED);
    const rows = Array.from({ length: fuzzRuns(3_000) }, () => ({ amount: bits(1 + below(256)), shift: below(37) }));
    await compareMicros(rows, seed);
  });

  it("agrees around every power of ten and at the ends", async () => {
    const rows = Array.from({ length: 37 }, (_, shift) =>
      [-1n, 0n, 1n].flatMap((near) => [
        { amount: 10n ** BigInt(shift) + near, shift },
        { amount: BigInt(MAX_MICRO) * 10n ** BigInt(shift) + near, shift },
        { amount: (BigInt(MAX_MICRO) + 1n) * 10n ** BigInt(shift) + near, shift },
      ]),
    ).flat();
    rows.push({ amount: 0n, shift: 0 }, { amount: 2n ** 256n - 1n, shift: 0 }, { amount: 2n ** 256n - 1n, shift: 36 });
    await compareMicros(rows, 0);
  });

  it("agrees on the bucket of random micro-units of every size", async () => {
    const { seed, bits, below } = random(SEED + 1);
    await compareBuckets(
      Array.from({ length: fuzzRuns(3_000) }, () => Number(bits(1 + below(48)))),
      seed,
    );
  });

  it("agrees on the bucket around every eighth of every power of two", async () => {
    const micros = Array.from({ length: 48 }, (_, msb) =>
      Array.from({ length: 8 }, (_unused, eighth) =>
        [-1, 0, 1].map((near) => Math.floor(2 ** msb + (eighth * 2 ** msb) / 8) + near),
      ),
    ).flat(2);
    await compareBuckets([...micros.filter((micro) => micro >= 0 && micro <= MAX_MICRO), MAX_MICRO], 0);
  });
});
