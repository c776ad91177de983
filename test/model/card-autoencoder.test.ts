import { expect } from "chai";

import { quantiseAutoencoder, reconstructionError } from "../../oracle/src/model/quantiseAutoencoder.ts";
import type { ErrorSide } from "../../oracle/src/model/quantiseAutoencoder.ts";
import { accumulate } from "../../oracle/src/model/reference.ts";
import type { AutoencoderSettings } from "../../oracle/src/train/autoencoder.ts";
import { DEFAULT_AUTOENCODER, fitAutoencoder } from "../../oracle/src/train/autoencoder.ts";
import { selectBackend } from "../../oracle/src/train/backend.ts";
import { ranking } from "../../oracle/src/train/metrics.ts";
import { mulberry32, nearlyNormal } from "../../oracle/src/train/random.ts";
import { generatedRows } from "./cardStream.ts";

const WIDTH = 32;
const SIDES: ErrorSide[] = Array.from({ length: WIDTH }, () => "above");
const SETTINGS: AutoencoderSettings = { ...DEFAULT_AUTOENCODER, seed: 3, epochs: 6, batch: 64, starts: 1 };

/** Honest rows without structure, and one in fifty far out along one direction: a plain autoencoder learns that direction. */
function planted(seed: number, count: number): { facts: Int8Array; outlier: boolean }[] {
  const random = mulberry32(seed);
  return Array.from({ length: count }, (_, index) => {
    const outlier = index % 50 === 0;
    const far = 45 + 10 * nearlyNormal(random);
    const facts = Int8Array.from({ length: WIDTH }, (_unused, fact) =>
      Math.max(-128, Math.min(127, Math.round(15 * nearlyNormal(random) + (outlier && fact < 16 ? far : 0)))),
    );
    return { facts, outlier };
  });
}

async function precisionWith(settings: AutoencoderSettings): Promise<number> {
  const rows = planted(11, 2_000);
  const facts = rows.map((row) => row.facts);
  const sides = SIDES.map((): ErrorSide => "both");
  const { layers, weights } = await fitAutoencoder(facts, sides, settings);
  return ranking(
    facts.map((row) => reconstructionError(layers, weights, row)),
    rows.map((row) => row.outlier),
  ).averagePrecision;
}

describe("an autoencoder without labels", () => {
  before(() => selectBackend("cpu", () => {}));

  it("does not learn planted outliers when rows that fit badly are dropped between rounds", async () => {
    const plain = await precisionWith({ ...SETTINGS, rounds: 1, epochs: 18 });
    const robust = await precisionWith({ ...SETTINGS, rounds: 3, epochs: 6, dropped: 0.04 });
    expect(robust).to.be.greaterThan(plain);
  });

  it("finds frauds in a generated stream, in integers nearly as in floats", async () => {
    const rows = generatedRows(4, 2_000);
    const facts = rows.map((row) => row.facts);
    const illicit = rows.map((row) => row.illicit);
    const { layers, weights } = await fitAutoencoder(facts, SIDES, SETTINGS);
    const parts = quantiseAutoencoder(layers, facts, weights);
    const model = { kind: "autoencoder", id: "t", schemaHash: "0x", knots: [], referenceRow: [], ...parts } as const;
    const float = ranking(
      facts.map((row) => reconstructionError(layers, weights, row)),
      illicit,
    );
    const integer = ranking(
      facts.map((row) => accumulate(model, row)),
      illicit,
    );
    const chance = illicit.filter((flag) => flag).length / illicit.length;
    expect(float.averagePrecision).to.be.greaterThan(3 * chance);
    expect(Math.abs(float.auc - integer.auc)).to.be.at.most(0.01);
  });

  it("leaves out facts that never vary", async () => {
    const facts = generatedRows(4, 300).map((row) => row.facts);
    const { weights } = await fitAutoencoder(facts, SIDES, { ...SETTINGS, rounds: 1, epochs: 1 });
    expect([weights.spreads[1], weights.spreads[2]]).to.deep.equal([0, 0]);
    expect(weights.spreads[3]).to.be.greaterThan(0);
  });
});
