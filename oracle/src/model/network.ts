import { keccak256 } from "ethers/crypto";

/** Largest number of knots of a rank table. */
export const MAX_KNOTS = 32;

/** Score of a payment that ranks above every reference payment. */
export const MAX_SCORE = 10_000;

/** Largest weight of a fact in an autoencoder's error. */
export const MAX_FACT_WEIGHT = 32_767;

/** One dense layer in integers. */
export interface QuantisedLayer {
  /** One row a neuron, one int8 weight an input. */
  readonly weights: readonly (readonly number[])[];
  readonly bias: readonly number[];
  /** Activation = clamp((accumulator + half) >> shift, 0, 127); 0 in a classifier's last layer, whose accumulator is the output. */
  readonly shift: number;
}

/** [accumulator, score], both rising; the score between two knots is linear with integer division. */
export type Knot = readonly [accumulator: number, score: number];

/** What every kind of model holds. */
interface Network {
  readonly id: string;
  /** Hash of the facts' schema the model was trained on. */
  readonly schemaHash: string;
  readonly layers: readonly QuantisedLayer[];
  readonly knots: readonly Knot[];
  /** The median of each fact over honest validation payments: what reasons compare with. */
  readonly referenceRow: readonly number[];
}

/** A network whose last layer is one neuron: its accumulator says how bad a payment looks. */
export interface ClassifierModel extends Network {
  /** Left out in files written before there was another kind. */
  readonly kind?: "classifier";
}

/** How the accumulators of an autoencoder's last layer become errors; see `factError` in reference.ts. */
export interface ErrorForm {
  /** What a fact counts in units of its accumulator, 16 bits: a large one for a fact that varies little, 0 for one left out. */
  readonly factWeights: readonly number[];
  /** True: a fact counts on both sides of its reconstruction. False: only where weight times fact exceeds the accumulator. */
  readonly twoSided: readonly boolean[];
}

/**
 * A network that reconstructs the facts from a few neurons: a payment unlike the ones it was trained on is reconstructed badly.
 * The last layer has one neuron a fact and `shift` is that of the errors.
 */
export interface AutoencoderModel extends Network {
  readonly kind: "autoencoder";
  readonly error: ErrorForm;
}

/** A trained network in integers with its rank table; what model.json holds and the compiler reads. */
export type QuantisedModel = ClassifierModel | AutoencoderModel;

/** Which kind a model is; one without the word is a classifier. */
export function kindOf(model: QuantisedModel): "classifier" | "autoencoder" {
  return model.kind ?? "classifier";
}

/**
 * keccak256 of the JSON of schema hash, layers and knots, and of an autoencoder's form of error: the identity of what the network
 * computes. The reference row is not in it: it changes reasons, never a score. The code hash covers both.
 */
export function modelHash(model: QuantisedModel): string {
  const layers = model.layers.map((layer) => [layer.weights, layer.bias, layer.shift]);
  const parts: unknown[] = [model.schemaHash, layers, model.knots];
  if (model.kind === "autoencoder") parts.push(["autoencoder", model.error.factWeights, model.error.twoSided]);
  return keccak256(new TextEncoder().encode(JSON.stringify(parts)));
}

/** Inputs of a layer. */
export function fanIn(layer: QuantisedLayer): number {
  return layer.weights[0]?.length ?? 0;
}

function checkLayer(layer: QuantisedLayer, inputs: number, name: string): void {
  if (layer.weights.length === 0 || layer.weights.length !== layer.bias.length) {
    throw new RangeError(`${name} has ${layer.weights.length} rows of weights and ${layer.bias.length} biases`);
  }
  if (layer.weights.some((row) => row.length !== inputs)) throw new RangeError(`${name} must have ${inputs} inputs`);
  const int8 = layer.weights.every((row) => row.every((w) => Number.isInteger(w) && Math.abs(w) <= 127));
  if (!int8) throw new RangeError(`${name} has a weight outside -127 to 127`);
  if (!layer.bias.every(Number.isSafeInteger)) throw new RangeError(`${name} has a bias that is no integer`);
  if (!Number.isInteger(layer.shift) || layer.shift < 0 || layer.shift > 16) {
    throw new RangeError(`${name} shifts by ${layer.shift}, outside 0 to 16`);
  }
}

function checkKnots(knots: readonly Knot[]): void {
  if (knots.length < 2 || knots.length > MAX_KNOTS)
    throw new RangeError(`2 to ${MAX_KNOTS} knots, not ${knots.length}`);
  knots.forEach(([accumulator, score], index) => {
    if (!Number.isSafeInteger(accumulator) || !Number.isInteger(score) || score < 0 || score > MAX_SCORE) {
      throw new RangeError(`knot ${index} is [${accumulator}, ${score}]`);
    }
    const before = knots[index - 1];
    if (before !== undefined && (accumulator <= before[0] || score < before[1])) {
      throw new RangeError(`knot ${index} does not rise above the one before`);
    }
  });
}

function checkErrorForm({ factWeights, twoSided }: ErrorForm, inputs: number): void {
  if (factWeights.length !== inputs || twoSided.length !== inputs) {
    throw new RangeError(
      `the form of error has ${factWeights.length} weights and ${twoSided.length} sides for ${inputs} facts`,
    );
  }
  const int16 = factWeights.every((weight) => Number.isInteger(weight) && Math.abs(weight) <= MAX_FACT_WEIGHT);
  if (!int16) throw new RangeError(`a fact's weight lies outside -${MAX_FACT_WEIGHT} to ${MAX_FACT_WEIGHT}`);
}

/**
 * Throws unless shapes fit, weights are bytes and the knots rise. A classifier ends in one neuron without a shift, an autoencoder
 * in one neuron a fact.
 */
export function checkModel(model: QuantisedModel, inputs = 32): void {
  let width = inputs;
  model.layers.forEach((layer, index) => {
    checkLayer(layer, width, `layer ${index}`);
    width = layer.weights.length;
  });
  const last = model.layers.at(-1);
  if (model.kind === "autoencoder") {
    if (last === undefined || width !== inputs) throw new RangeError(`the last layer must have ${inputs} neurons`);
    checkErrorForm(model.error, inputs);
  } else if (last === undefined || width !== 1 || last.shift !== 0) {
    throw new RangeError("the last layer must be one neuron without a shift");
  }
  if (model.referenceRow.length !== inputs) throw new RangeError(`the reference row must hold ${inputs} facts`);
  checkKnots(model.knots);
}
