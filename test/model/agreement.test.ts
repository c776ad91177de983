import { expect } from "chai";

import { compileModel } from "../../oracle/src/model/compile.ts";
import type { QuantisedModel } from "../../oracle/src/model/network.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";
import { attesterKeys, epochConfig, ethers } from "../shared/suite.ts";
import type { Answer } from "./agreement.ts";
import {
  epochAccumulators,
  firstDifference,
  manyVectors,
  networkAnswers,
  referenceAnswers,
  slowAnswers,
} from "./agreement.ts";
import { randomAutoencoder, randomModel } from "./build.ts";
import { shippedModel } from "./shipped.ts";

const SEED = Number(process.env.SLUICE_FUZZ_SEED ?? 24);
/** Vectors over all models; SLUICE_VECTORS=full asks the slow twin about every one of them, too. */
const FULL = process.env.SLUICE_VECTORS === "full";
const VECTORS = { shipped: 40_000, other: 10_000 };
const SLOW = { shipped: 100, other: 50 };

let agreed = 0;
let slowly = 0;

async function deployNetwork(model: QuantisedModel): Promise<string> {
  const { network } = compileModel(model);
  const [deployer] = await ethers.getSigners();
  if (network === undefined || deployer === undefined) throw new Error("the model has no network of its own");
  const tx = await deployer.sendTransaction({ data: `0x${network.creationCode}` });
  const address = (await tx.wait())?.contractAddress ?? undefined;
  if (address === undefined) throw new Error("the network was not created");
  return address;
}

async function compare(
  model: QuantisedModel,
  sizes: { fast: number; slow: number },
  ask: (vectors: readonly Int8Array[]) => Promise<Answer[]>,
): Promise<void> {
  const vectors = manyVectors(model, sizes.fast, mulberry32(SEED));
  const expected = referenceAnswers(model, vectors);
  expect(firstDifference(vectors, expected, await ask(vectors)), `seed ${SEED}`).to.equal(undefined);
  agreed += vectors.length;
  const step = FULL ? 1 : Math.floor(sizes.fast / sizes.slow);
  const some = (_: unknown, index: number): boolean => index % step === 0;
  const few = vectors.filter(some);
  const difference = firstDifference(few, expected.filter(some), await slowAnswers(model, few));
  expect(difference, `plain loops, seed ${SEED}`).to.equal(undefined);
  slowly += few.length;
}

describe("the EVM, the reference and the plain loops in Solidity", () => {
  after(() => {
    console.log(
      `      ${agreed} vectors agree in the EVM and in TypeScript, ${slowly} of them in plain Solidity loops, too`,
    );
  });

  it("agree about the shipped model", async () => {
    const model = await shippedModel();
    const token = ethers.getAddress(`0x${"11".repeat(20)}`);
    const epoch = await ethers.deployContract("RiskEpochEth2017V2", [epochConfig(attesterKeys(3), 2, token)]);
    await compare(model, { fast: VECTORS.shipped, slow: SLOW.shipped }, (vectors) =>
      epochAccumulators(epoch, model, vectors),
    );
  });

  for (const widths of [[2], [16, 8, 16], [20, 20], [32, 12, 32]]) {
    it(`agree about an autoencoder 32-${widths.join("-")}-32`, async () => {
      const model = randomAutoencoder(mulberry32(SEED + widths.length), widths);
      const network = await deployNetwork(model);
      await compare(model, { fast: VECTORS.other, slow: SLOW.other }, (vectors) =>
        networkAnswers(network, model, vectors),
      );
    });
  }

  for (const widths of [
    [60, 30],
    [41, 31, 11],
  ]) {
    it(`agree about a network 32-${widths.join("-")}-1 that has a contract of its own`, async () => {
      const model = randomModel(mulberry32(SEED + widths.length), widths);
      const network = await deployNetwork(model);
      await compare(model, { fast: VECTORS.other, slow: SLOW.other }, (vectors) =>
        networkAnswers(network, model, vectors),
      );
    });
  }
});
