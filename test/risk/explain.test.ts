import { expect } from "chai";
import { toBeHex } from "ethers";

import { packFacts, unpackFacts } from "../../oracle/src/facts/facts.ts";
import { PAYMENT_SCHEMA, type FactSchema } from "../../oracle/src/facts/schema.ts";
import { compileModel } from "../../oracle/src/model/compile.ts";
import type { QuantisedModel } from "../../oracle/src/model/network.ts";
import { reasons } from "../../oracle/src/model/reasons.ts";
import { accumulate } from "../../oracle/src/model/reference.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";
import { buildEpoch, randomAutoencoder } from "../model/build.ts";
import { manyVectors, offsetOf } from "../model/agreement.ts";
import { shippedModel } from "../model/shipped.ts";
import {
  attest,
  attesterKeys,
  BAND,
  epochConfig,
  ethers,
  fixture,
  networkHelpers,
  POLICY,
  UNIT,
} from "../shared/suite.ts";

const SEED = 5;

/** What the chain answers: a list of [index, value, usual, weight]. */
type Explained = readonly { index: bigint; value: bigint; usual: bigint; weight: bigint }[];

function expectSame(found: Explained, model: QuantisedModel, schema: FactSchema, facts: Int8Array, most: number): void {
  const expected = reasons(model, schema, facts, most).map(({ index, value, usual, weight }) =>
    [index, value, usual, weight].map(BigInt),
  );
  const actual = found.map(({ index, value, usual, weight }) => [index, value, usual, weight]);
  expect(actual, packFacts(facts)).to.deep.equal(expected);
}

async function shippedEpoch() {
  const token = await ethers.deployContract("LocalToken");
  const keys = attesterKeys(3);
  const config = epochConfig(keys, 2, await token.getAddress());
  return { token, epoch: await ethers.deployContract("RiskEpochEth2017V2", [config]) };
}

describe("RiskEpoch.explain", () => {
  it("finds the reasons of the TypeScript reference, with the same indexes and weights, for the shipped model", async () => {
    const model = await shippedModel();
    const { epoch } = await shippedEpoch();
    expect(await epoch.referenceFacts()).to.equal(packFacts(Int8Array.from(model.referenceRow)));
    for (const facts of manyVectors(model, 100, mulberry32(SEED)).slice(-60)) {
      for (const most of [3, 99]) {
        expectSame(await epoch.explain(packFacts(facts), most), model, PAYMENT_SCHEMA, facts, most);
      }
      expect(Number(await epoch.accumulator(packFacts(facts))) - offsetOf(model)).to.equal(accumulate(model, facts));
    }
    expect(await epoch.explain(packFacts(Int8Array.from(model.referenceRow)), 32)).to.deep.equal([]);
    expect(await epoch.explain(packFacts(new Int8Array(32).fill(99)), 0)).to.deep.equal([]);
  });

  it("finds them for an autoencoder whose network stands in a contract of its own", async () => {
    const model = randomAutoencoder(mulberry32(SEED), [6]);
    const { abi, bytecode } = buildEpoch(model);
    const { network } = compileModel(model);
    const [deployer] = await ethers.getSigners();
    const code = `0x${network?.creationCode ?? ""}`;
    const contract = await new ethers.ContractFactory(abi, bytecode, deployer).deploy({ nothing: 0 }, code);
    const epoch = await ethers.getContractAt("IRiskEpoch", await contract.getAddress());
    const runtime = await ethers.provider.getCode(await epoch.network());
    expect(ethers.keccak256(runtime)).to.equal(network?.hash);
    expect(await epoch.networkHash()).to.equal(network?.hash);
    for (const facts of manyVectors(model, 100, mulberry32(SEED)).slice(-60)) {
      expectSame(await epoch.explain(packFacts(facts), 5), model, PAYMENT_SCHEMA, facts, 5);
      expect(await epoch.accumulator(packFacts(facts))).to.equal(BigInt(accumulate(model, facts)));
    }
  });

  it("is never asked of an epoch that was handed another network: its constructor refuses", async () => {
    const model = randomAutoencoder(mulberry32(SEED), [6]);
    const { abi, bytecode } = buildEpoch(model);
    const [deployer] = await ethers.getSigners();
    const factory = new ethers.ContractFactory(abi, bytecode, deployer);
    const { network } = compileModel(model);
    const code = `0x${network?.creationCode ?? ""}`;
    const right = await factory.deploy({ nothing: 0 }, code);
    const other = `${code.slice(0, -2)}00`;
    const hash = ethers.keccak256(`0x${other.slice(22)}`);
    await expect(factory.deploy({ nothing: 0 }, other))
      .to.be.revertedWithCustomError(right, "WrongNetwork")
      .withArgs(network?.hash, hash);
  });
});

describe("RiskGate.explain", () => {
  it("answers what evaluate would, with the reasons, and refuses what evaluate refuses", async () => {
    const model = await shippedModel();
    const suite = await fixture();
    const { token, epoch } = await shippedEpoch();
    const [deployer] = await ethers.getSigners();
    const gate = await ethers.deployContract("RiskGate", [POLICY, epoch, deployer?.address ?? ""]);
    await networkHelpers.mine(3);
    const block = (await networkHelpers.time.latestBlock()) - 1;
    const id = toBeHex(77, 32);
    const site = { epoch: await epoch.getAddress() };
    const bands = new Set<bigint>();
    for (const facts of manyVectors(model, 40, mulberry32(SEED))) {
      facts.fill(0, 0, 3);
      const attestation = await attest(suite, { id, block }, { ...site, facts: packFacts(facts) });
      const args = [id, block, 100n * UNIT, token, attestation] as const;
      const word = await gate.evaluate.staticCall(...args);
      const { score, band, reasons: found } = await gate.explain(...args, 3);
      expect([score, band]).to.deep.equal([word & 0xffffn, (word >> 16n) & 0xffn]);
      const [completed] = await epoch.completeFacts(packFacts(facts), token, 100n * UNIT);
      expectSame(found, model, PAYMENT_SCHEMA, unpackFacts(completed), 3);
      bands.add(band);
    }
    expect(bands).to.include(BAND.Allow);
    const late = await attest(suite, { id, block }, { ...site, facts: toBeHex(1, 32), asOf: block - 1 });
    await expect(gate.explain(id, block, UNIT, token, late, 3))
      .to.be.revertedWithCustomError(gate, "WrongAsOf")
      .withArgs(block, block - 1);
  });
});
