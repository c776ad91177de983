import { expect } from "chai";
import type { AddressLike } from "ethers";

import { packFacts } from "../../oracle/src/facts/facts.ts";
import { PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import { proveBounds } from "../../oracle/src/model/bounds.ts";
import type { QuantisedModel } from "../../oracle/src/model/network.ts";
import { modelHash } from "../../oracle/src/model/network.ts";
import { accumulate } from "../../oracle/src/model/reference.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";
import { factRows } from "../../oracle/src/train/rows.ts";
import { attesterKeys, epochConfig, ethers } from "../shared/suite.ts";
import { epochAnswers, firstDifference, referenceAnswers } from "./agreement.ts";
import { buildEpoch, randomModel } from "./build.ts";
import { sampleAccounts, shippedModel } from "./shipped.ts";
import type { Coverage } from "./vectors.ts";
import { allBranches, climb, hiddenAccumulator, observe, randomFacts } from "./vectors.ts";

const SEED = Number(process.env.SLUICE_FUZZ_SEED ?? 32);

async function expectEqual(model: QuantisedModel, vectors: readonly Int8Array[], epoch: AddressLike): Promise<void> {
  const answers = await epochAnswers(epoch, model, vectors);
  expect(firstDifference(vectors, referenceAnswers(model, vectors), answers), `seed ${SEED}`).to.equal(undefined);
}

/** Random facts, then facts found by search that drive every hidden neuron to both of its ends. */
function neuronVectors(model: QuantisedModel, count: number): Int8Array[] {
  const random = mulberry32(SEED);
  const vectors: Int8Array[] = [new Int8Array(32), new Int8Array(32).fill(127), new Int8Array(32).fill(-128)];
  while (vectors.length < count) vectors.push(randomFacts(random));
  // As far as a neuron of the first layer can be driven, to either side.
  for (const row of model.layers[0]?.weights ?? []) {
    for (const sign of [1, -1]) vectors.push(Int8Array.from(row, (weight) => (sign * weight > 0 ? 127 : -128)));
  }
  model.layers.slice(0, -1).forEach((layer, depth) =>
    layer.bias.forEach((_, neuron) => {
      const accumulator = hiddenAccumulator(model.layers, depth, neuron);
      for (const sign of [1, -1]) {
        const path = climb(random, randomFacts(random), 1_000, (facts) => 2 ** 30 - sign * accumulator(facts));
        vectors.push(...path.filter((_, step) => step % 8 === 0), ...path.slice(-1));
      }
    }),
  );
  return vectors;
}

/** Facts whose last accumulator stands on a knot or one below it. */
function knotVectors(model: QuantisedModel): Int8Array[] {
  const random = mulberry32(SEED + 1);
  const vectors: Int8Array[] = [];
  for (const target of model.knots.flatMap(([at]) => [at - 1, at])) {
    for (let attempt = 0; attempt < 60; attempt++) {
      const path = climb(random, randomFacts(random), 2_000, (facts) => Math.abs(accumulate(model, facts) - target));
      vectors.push(...path.slice(-3));
      const end = path.at(-1);
      if (end !== undefined && accumulate(model, end) === target) break;
    }
  }
  return vectors;
}

function uncovered(model: QuantisedModel, vectors: readonly Int8Array[]): string[] {
  const coverage: Coverage = new Set();
  for (const facts of vectors) observe(model, facts, coverage);
  return allBranches(model).filter((branch) => !coverage.has(branch));
}

function raise(): never {
  throw new Error("the network has two layers");
}

async function deployShipped() {
  const token = ethers.getAddress(`0x${"11".repeat(20)}`);
  return ethers.deployContract("RiskEpochEth2017V2", [epochConfig(attesterKeys(3), 2, token)]);
}

describe("the model in the EVM", () => {
  it("equals the integer reference on more than 10,000 vectors on both sides of every ReLU and knot", async () => {
    const model = await shippedModel();
    const sample = factRows(PAYMENT_SCHEMA, await sampleAccounts()).map((row) => row.facts);
    const vectors = [...neuronVectors(model, 2_000), ...knotVectors(model), ...sample];
    expect(vectors.length).to.be.greaterThan(10_000);
    const missing = uncovered(model, vectors);
    // Trained weights cannot drive every neuron of a later layer to both of its ends; the made-up networks below do.
    expect(
      missing.filter((branch) => !/^layer [1-9]\d* neuron/.test(branch)),
      `seed ${SEED}`,
    ).to.deep.equal([]);
    const epoch = await deployShipped();
    await expectEqual(model, vectors, epoch);
  });

  it("names its schema and its model", async () => {
    const epoch = await deployShipped();
    expect(await epoch.schemaHash()).to.equal(PAYMENT_SCHEMA.hash);
    expect(await epoch.modelHash()).to.equal(modelHash(await shippedModel()));
  });

  it("runs the shipped model warm in at most 4,500 gas", async () => {
    const epoch = await deployShipped();
    const harness = await ethers.deployContract("ModelHarness");
    const random = mulberry32(SEED);
    const measured: number[] = [];
    for (let run = 0; run < 20; run++) {
      measured.push(Number(await harness.warmGas(await epoch.getAddress(), packFacts(randomFacts(random)))));
    }
    const most = Math.max(...measured);
    console.log(`      model warm: ${Math.min(...measured)} to ${most} gas, call overhead included`);
    expect(most).to.be.at.most(4_500);
  });

  it("keeps limbs apart where accumulators come as near to the bound as the compiler allows", async () => {
    const random = mulberry32(SEED);
    const model = randomModel(random, [3]);
    const layers = model.layers.map((layer) => {
      const half = layer.shift === 0 ? 0 : 2 ** (layer.shift - 1);
      const bias = layer.weights.map((row, neuron) => {
        const most = 2 ** 23 - 1 - half - row.reduce((sum, weight) => sum + Math.abs(weight) * 128, 0);
        return neuron === 1 ? most : -most;
      });
      return { ...layer, bias };
    });
    const output = { ...model, layers: [layers[0] ?? raise(), model.layers[1] ?? raise()] };
    expect(proveBounds(output)).to.equal(2 ** 23 - 1);
    const facts = Array.from({ length: 300 }, () => randomFacts(random));
    const first = layers[0] ?? raise();
    const corners = first.weights.flatMap((row) => [
      Int8Array.from(row, (weight) => (weight > 0 ? 127 : -128)),
      Int8Array.from(row, (weight) => (weight > 0 ? -128 : 127)),
    ]);
    const vectors = [...corners, ...facts];
    const { abi, bytecode } = buildEpoch(output);
    const [deployer] = await ethers.getSigners();
    const epoch = await new ethers.ContractFactory(abi, bytecode, deployer).deploy({ nothing: 0 });
    await expectEqual(output, vectors, epoch);
  });

  for (const widths of [[7], [12, 8], [21, 11, 6]]) {
    it(`equals the reference for a made-up network 32-${widths.join("-")}-1 with both sides of every ReLU and clamp`, async () => {
      const random = mulberry32(SEED + widths.length);
      const model = randomModel(random, widths);
      const vectors = neuronVectors(model, 300);
      const missing = uncovered(model, vectors).filter((branch) => branch.startsWith("layer"));
      expect(missing, `seed ${SEED}`).to.deep.equal([]);
      const { abi, bytecode } = buildEpoch(model);
      const [deployer] = await ethers.getSigners();
      const epoch = await new ethers.ContractFactory(abi, bytecode, deployer).deploy({ nothing: 0 });
      await expectEqual(model, vectors, epoch);
    });
  }
});
