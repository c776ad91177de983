import type { AddressLike } from "ethers";

import type { QuantisedModel } from "../../oracle/src/model/network.ts";
import { accumulate, rank } from "../../oracle/src/model/reference.ts";
import type { Random } from "../../oracle/src/train/random.ts";
import { ethers } from "../shared/suite.ts";
import { climb, randomFacts } from "./vectors.ts";

/** Words of facts a call carries: the simulated chain slows down when a call does much. */
const PER_CALL = 50;
const PER_SLOW_CALL = 4;
const CALL_GAS = 30_000_000;

/** What a machine says of a vector. */
export interface Answer {
  readonly accumulator: number;
  readonly score: number;
}

function packed(vectors: readonly Int8Array[]): string {
  return `0x${Buffer.concat(vectors.map((facts) => Buffer.from(facts.buffer, facts.byteOffset, 32))).toString("hex")}`;
}

/** A classifier's accumulator lies 2^23 higher on the chain. */
export function offsetOf(model: QuantisedModel): number {
  return model.kind === "autoencoder" ? 0 : 2 ** 23;
}

async function inChunks<T>(
  vectors: readonly Int8Array[],
  size: number,
  ask: (chunk: readonly Int8Array[]) => Promise<readonly T[]>,
): Promise<T[]> {
  const answers: T[] = [];
  for (let from = 0; from < vectors.length; from += size)
    answers.push(...(await ask(vectors.slice(from, from + size))));
  return answers;
}

function readAccumulators(model: QuantisedModel, hex: string): Answer[] {
  const bytes = Buffer.from(hex.slice(2), "hex");
  return Array.from({ length: bytes.length / 4 }, (_, index) => {
    const accumulator = bytes.readUInt32BE(4 * index) - offsetOf(model);
    return { accumulator, score: rank(model.knots, accumulator) };
  });
}

/** What an epoch's network answers; scores are worked out here, see `epochAnswers`. */
export async function epochAccumulators(
  epoch: AddressLike,
  model: QuantisedModel,
  vectors: readonly Int8Array[],
): Promise<Answer[]> {
  const harness = await ethers.deployContract("ModelHarness");
  const options = { gasLimit: CALL_GAS };
  return inChunks(vectors, PER_CALL, async (chunk) =>
    readAccumulators(model, await harness.accumulators(epoch, packed(chunk), options)),
  );
}

/** What an epoch answers, accumulator and score. */
export async function epochAnswers(
  epoch: AddressLike,
  model: QuantisedModel,
  vectors: readonly Int8Array[],
): Promise<Answer[]> {
  const harness = await ethers.deployContract("ModelHarness");
  return inChunks(vectors, PER_CALL, async (chunk) => {
    const bytes = Buffer.from((await harness.run(epoch, packed(chunk), { gasLimit: CALL_GAS })).slice(2), "hex");
    return chunk.map((_, index) => ({
      score: bytes.readUInt32BE(8 * index),
      accumulator: bytes.readUInt32BE(8 * index + 4) - offsetOf(model),
    }));
  });
}

/** What a network's own contract answers. */
export async function networkAnswers(
  network: AddressLike,
  model: QuantisedModel,
  vectors: readonly Int8Array[],
): Promise<Answer[]> {
  const harness = await ethers.deployContract("ModelHarness");
  const options = { gasLimit: CALL_GAS };
  return inChunks(vectors, PER_CALL, async (chunk) =>
    readAccumulators(model, await harness.runNetwork(network, packed(chunk), options)),
  );
}

/** What the plain loops in Solidity answer. */
export async function slowAnswers(model: QuantisedModel, vectors: readonly Int8Array[]): Promise<Answer[]> {
  const slow = await ethers.deployContract("SlowModel");
  const twin = {
    layers: model.layers.map(({ weights, bias, shift }) => ({
      weights: weights.map((row) => [...row]),
      bias: [...bias],
      shift,
    })),
    factWeights: model.kind === "autoencoder" ? [...model.error.factWeights] : [],
    twoSided: model.kind === "autoencoder" ? [...model.error.twoSided] : [],
    knots: model.knots.map(([at, score]): [number, number] => [at, score]),
  };
  return inChunks(vectors, PER_SLOW_CALL, async (chunk) => {
    const words = chunk.map((facts) => packed([facts]));
    const [scores, accumulators] = await slow.run(twin, words, { gasLimit: CALL_GAS });
    return scores.map((score, index) => ({ score: Number(score), accumulator: Number(accumulators[index]) }));
  });
}

/** What the reference in TypeScript answers. */
export function referenceAnswers(model: QuantisedModel, vectors: readonly Int8Array[]): Answer[] {
  return vectors.map((facts) => {
    const accumulator = accumulate(model, facts);
    return { accumulator, score: rank(model.knots, accumulator) };
  });
}

/** The first vector two machines disagree about, as a sentence; undefined where there is none. */
export function firstDifference(
  vectors: readonly Int8Array[],
  expected: readonly Answer[],
  actual: readonly Answer[],
): string | undefined {
  if (actual.length !== expected.length) return `${actual.length} answers to ${expected.length} vectors`;
  const at = actual.findIndex((answer, index) => {
    const other = expected[index];
    return answer.accumulator !== other?.accumulator || answer.score !== other.score;
  });
  if (at < 0) return undefined;
  return `${packed(vectors.slice(at, at + 1))}: ${JSON.stringify(actual[at])} for ${JSON.stringify(expected[at])}`;
}

/** Values at which something may tip over. */
const EDGES = [-128, -127, -1, 0, 1, 126, 127];

function edgeFacts(random: Random): Int8Array {
  return Int8Array.from({ length: 32 }, () => EDGES[Math.floor(random() * EDGES.length)] ?? 0);
}

/** The facts that drive a neuron of the first layer as far as they can. */
function cornerFacts(model: QuantisedModel, random: Random): Int8Array {
  const rows = model.layers[0]?.weights ?? [];
  const row = rows[Math.floor(random() * rows.length)] ?? [];
  const sign = random() < 0.5 ? 1 : -1;
  return Int8Array.from(row, (weight) =>
    random() < 0.1 ? Math.floor(random() * 256) - 128 : sign * weight > 0 ? 127 : -128,
  );
}

/** The usual payment with a few facts changed. */
function nearlyUsual(model: QuantisedModel, random: Random): Int8Array {
  const facts = Int8Array.from(model.referenceRow);
  for (let changes = Math.floor(random() * 6); changes >= 0; changes--) {
    facts[Math.floor(random() * 32)] = Math.floor(random() * 256) - 128;
  }
  return facts;
}

/** Facts on the way to a knot of the rank table, and to the highest and lowest accumulator a search finds. */
function searched(model: QuantisedModel, random: Random): Int8Array[] {
  const targets = model.knots.flatMap(([at]) => [at - 1, at]);
  const goals = [...targets, 2 ** 31, -(2 ** 31)];
  return goals.flatMap((goal) =>
    climb(random, randomFacts(random), 400, (facts) => Math.abs(accumulate(model, facts) - goal)),
  );
}

/** Random and adversarial vectors: two in five random, the rest at edges, in corners, near the usual payment and found by search. */
export function manyVectors(model: QuantisedModel, count: number, random: Random): Int8Array[] {
  const vectors = searched(model, random).slice(0, Math.floor(count / 5));
  while (vectors.length < count) {
    const kind = vectors.length % 5;
    if (kind < 2) vectors.push(randomFacts(random));
    else if (kind === 2) vectors.push(edgeFacts(random));
    else if (kind === 3) vectors.push(cornerFacts(model, random));
    else vectors.push(nearlyUsual(model, random));
  }
  return vectors;
}
