import { expect } from "chai";
import { artifacts } from "hardhat";

import { PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import { codeBytes, codeHash } from "../../oracle/src/model/codeHash.ts";
import { AccumulatorBoundError, proveBounds } from "../../oracle/src/model/bounds.ts";
import { CodeSizeError, compileModel, contractNameOf } from "../../oracle/src/model/compile.ts";
import { checkModel, modelHash } from "../../oracle/src/model/network.ts";
import type { QuantisedLayer, QuantisedModel } from "../../oracle/src/model/network.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";
import { randomModel } from "./build.ts";
import { readProjectFile, shippedModel } from "./shipped.ts";

const CONTRACT = "contracts/risk/epochs/RiskEpochEth2017V2.sol";

function smallModel(): QuantisedModel {
  return randomModel(mulberry32(1), [4]);
}

function withLayer(model: QuantisedModel, index: number, changes: Partial<QuantisedLayer>): QuantisedModel {
  return { ...model, layers: model.layers.map((layer, at) => (at === index ? { ...layer, ...changes } : layer)) };
}

describe("the model compiler", () => {
  it("emits from model.json exactly the committed contract", async () => {
    const { source, contractName } = compileModel(await shippedModel());
    expect(CONTRACT).to.include(`${contractName}.sol`);
    expect(source).to.equal(await readProjectFile(CONTRACT));
  });

  it("accepts a neuron one below the bound and names the neuron that reaches it", () => {
    const model = smallModel();
    const [layer] = model.layers;
    if (layer === undefined) throw new Error("no layer");
    const products = (layer.weights[2] ?? []).reduce((sum, weight) => sum + Math.abs(weight) * 128, 0);
    const most = 2 ** 23 - 1 - products - 2 ** (layer.shift - 1);
    const bias = (value: number) => layer.bias.map((one, neuron) => (neuron === 2 ? value : one));
    expect(proveBounds(withLayer(model, 0, { bias: bias(-most) }))).to.equal(2 ** 23 - 1);
    const tooMuch = withLayer(model, 0, { bias: bias(most + 1) });
    expect(() => compileModel(tooMuch))
      .to.throw(AccumulatorBoundError, "layer 0, neuron 2")
      .and.include({ layer: 0, neuron: 2, bound: 2 ** 23 });
  });

  it("refuses a network whose code would not fit a contract", () => {
    expect(() => compileModel(randomModel(mulberry32(2), [120, 60]))).to.throw(CodeSizeError, "the limit is 24576");
  });

  it("refuses shapes, weights and rank tables that are not a network", () => {
    const model = smallModel();
    expect(() => checkModel(withLayer(model, 0, { bias: [] }))).to.throw(RangeError, "layer 0 has 4 rows");
    expect(() => checkModel(withLayer(model, 1, { weights: [[1, 2, 3]] }))).to.throw(
      RangeError,
      "layer 1 must have 4 inputs",
    );
    expect(() => checkModel(withLayer(model, 1, { weights: [[1, 2, 3, 128]] }))).to.throw(
      RangeError,
      "outside -127 to 127",
    );
    expect(() => checkModel(withLayer(model, 1, { shift: 1 }))).to.throw(RangeError, "without a shift");
    expect(() => checkModel({ ...model, knots: [[0, 0]] })).to.throw(RangeError, "not 1");
    expect(() =>
      checkModel({
        ...model,
        knots: [
          [5, 0],
          [5, 9],
        ],
      }),
    ).to.throw(RangeError, "knot 1 does not rise");
    expect(() => checkModel({ ...model, referenceRow: [] })).to.throw(RangeError, "32 facts");
  });

  it("names contracts after models", () => {
    expect(contractNameOf("eth2017-2")).to.equal("RiskEpochEth2017V2");
    expect(contractNameOf("first-try-2")).to.equal("RiskEpochFirstTryV2");
    expect(() => contractNameOf("../x")).to.throw(RangeError, "../x");
  });

  it("hashes schema, weights and rank table, but not the name or the reference row", async () => {
    const model = await shippedModel();
    const [first] = model.layers;
    if (first === undefined) throw new Error("no layer");
    expect(modelHash({ ...model, id: "other", referenceRow: [] })).to.equal(modelHash(model));
    const changed = [
      withLayer(model, 0, { shift: first.shift + 1 }),
      withLayer(model, 0, { bias: first.bias.map((value) => value + 1) }),
      { ...model, knots: model.knots.slice(1) },
      { ...model, schemaHash: `0x${"00".repeat(32)}` },
    ].map(modelHash);
    expect(new Set([modelHash(model), ...changed]).size).to.equal(5);
  });
});

describe("the committed card", () => {
  it("states schema, model and code as they are", async () => {
    const card: unknown = JSON.parse(await readProjectFile("oracle/models/eth2017-2/card.json"));
    const artifact = await artifacts.readArtifact("RiskEpochEth2017V2");
    const model = await shippedModel();
    expect(card).to.include({
      schemaHash: PAYMENT_SCHEMA.hash,
      modelHash: modelHash(model),
      codeHash: codeHash(artifact),
      codeBytes: codeBytes(artifact),
      contract: CONTRACT,
    });
    expect(model.schemaHash).to.equal(PAYMENT_SCHEMA.hash);
    expect(codeBytes(artifact)).to.be.at.most(24_576);
  });

  it("has a code hash that immutables do not change and any other byte does", () => {
    const template = { deployedBytecode: "0x6000000060", immutableReferences: { "7": [{ start: 1, length: 2 }] } };
    expect(codeHash(template, "0x60abcd0060")).to.equal(codeHash(template));
    expect(codeHash(template, "0x60abcd0160")).not.to.equal(codeHash(template));
    expect(codeBytes(template)).to.equal(5);
  });
});
