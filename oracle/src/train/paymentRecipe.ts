import { evasiveFacts, framedFacts } from "../attack/augment.ts";
import { EVASION } from "../attack/evade.ts";
import { FRAMING } from "../attack/frame.ts";
import { type Deed, deedsOf } from "../attack/stream.ts";
import type { Example, Recipe } from "../evaluate/types.ts";
import type { FactSchema } from "../facts/schema.ts";
import { PAYMENT_SCHEMA } from "../facts/schema.ts";
import type { QuantisedModel } from "../model/network.ts";
import type { FloatLayer } from "../model/quantise.ts";
import { forward, quantiseNetwork } from "../model/quantise.ts";
import { accumulate } from "../model/reference.ts";
import type { FitSettings } from "./fit.ts";
import { DEFAULT_FIT, fitNetwork } from "./fit.ts";
import { buildKnots } from "./knots.ts";
import { addListGuard, guardBounds, guardKnots, listSlot } from "./listGuard.ts";
import type { LabelledAccount } from "./payments.ts";
import { mulberry32 } from "./random.ts";
import type { Row } from "./rows.ts";
import { factRows } from "./rows.ts";

/**
 * How the shipped model is trained. The list guard brings the hidden layers to 30 and 20 neurons; an illicit payment weighs
 * less than in a plain training because evasive copies of it are trained on, too.
 */
export const PAYMENT_FIT: FitSettings = { ...DEFAULT_FIT, hidden: [28, 10], epochs: 20, noise: 18, illicitWeight: 2.5 };

/** Evasive copies of each payment in training: of up to three payments in a row, honest ones too, so that delay is no mark. */
const COPIES = { illicit: 3, honest: 1, limits: { ...EVASION, own: 3 } } as const;

/**
 * Copies of each payment after a stranger's cheap campaign, for less than a third of the payee's median payment. Illicit ones get
 * as many, so that small change neither frames nor hides.
 */
const DUST = { illicit: 2, honest: 1, limits: { ...FRAMING, budget: 0.3 } } as const;

/** Longer streams are trained on as they are: each copy costs as much time as the stream is long. */
const LONGEST = 200;

/** A payee's payments with their facts: what training reads. */
export interface TrainingStream {
  readonly illicit: boolean;
  readonly deeds: readonly Deed[];
  readonly rows: readonly Row[];
}

/** A model in both forms. */
export interface PaymentModel {
  readonly float: readonly FloatLayer[];
  readonly model: QuantisedModel;
}

/** The lower median of each fact. */
export function medianRow(rows: readonly Pick<Row, "facts">[], width: number): number[] {
  return Array.from({ length: width }, (_, column) => {
    const values = rows.map((row) => row.facts[column] ?? 0).sort((a, b) => a - b);
    return values[(values.length - 1) >>> 1] ?? 0;
  });
}

function evasiveRows(schema: FactSchema, streams: readonly TrainingStream[], seed: number): Row[] {
  const random = mulberry32(seed + 77);
  return streams.flatMap(({ illicit, deeds, rows }) => {
    if (deeds.length > LONGEST) return [];
    const copies = illicit ? COPIES.illicit : COPIES.honest;
    const [, tokenClass = 0, native = 0] = rows[0]?.facts ?? [];
    const token = { tokenClass, native: native === 1 };
    const facts = [
      ...evasiveFacts(schema, deeds, copies, COPIES.limits, random, token),
      ...framedFacts(schema, deeds, illicit ? DUST.illicit : DUST.honest, DUST.limits, random, token),
    ];
    return facts.map((one) => ({ account: rows[0]?.account ?? "", index: 0, facts: one, illicit }));
  });
}

/**
 * Trains, quantises, guards and calibrates the model of payments. Touches neither files nor clock; the same arguments and the
 * same TensorFlow.js backend give the same bytes.
 *
 * @param validation Rank table and reference row come from its honest rows; the weights have not seen it.
 */
export async function trainPayments(
  id: string,
  schema: FactSchema,
  train: readonly TrainingStream[],
  validation: readonly Row[],
  settings: FitSettings,
  afterEpoch?: (epoch: number, loss: number) => void,
): Promise<PaymentModel> {
  const rows = train.flatMap((stream) => stream.rows);
  const float = await fitNetwork([...rows, ...evasiveRows(schema, train, settings.seed)], settings, afterEpoch);
  const list = listSlot(schema);
  const plain = quantiseNetwork(
    float,
    rows.map((row) => row.facts),
  );
  const layers = addListGuard(plain, list);
  const honest = validation.filter((row) => !row.illicit);
  const referenceRow = medianRow(honest, schema.slots.length);
  const draft: QuantisedModel = { id, schemaHash: schema.hash, layers, knots: [], referenceRow };
  const knots = buildKnots(honest.map((row) => accumulate(draft, row.facts)));
  return { float, model: { ...draft, knots: guardKnots(knots, guardBounds(layers, list)) } };
}

/** The same from labelled accounts, with the rows it came from. */
export interface TrainedAccounts extends PaymentModel {
  readonly trainRows: readonly Row[];
  readonly validationRows: readonly Row[];
}

/** Trains on the incoming payments of labelled accounts; no account is in both lists. */
export async function trainAccounts(
  id: string,
  split: { readonly train: readonly LabelledAccount[]; readonly validation: readonly LabelledAccount[] },
  settings: FitSettings,
  afterEpoch?: (epoch: number, loss: number) => void,
): Promise<TrainedAccounts> {
  const train = split.train.map((account) => ({
    illicit: account.illicit,
    deeds: deedsOf(account),
    rows: factRows(PAYMENT_SCHEMA, [account]),
  }));
  const validationRows = factRows(PAYMENT_SCHEMA, split.validation);
  const trained = await trainPayments(id, PAYMENT_SCHEMA, train, validationRows, settings, afterEpoch);
  return { ...trained, trainRows: train.flatMap(({ rows }) => rows), validationRows };
}

function rowOf({ group, paymentNumber = 0, facts, illicit }: Example): Row {
  return { account: group, index: paymentNumber, facts, illicit };
}

/** Examples by payee, in the order of their time. */
function streamsOf(examples: readonly Example[]): TrainingStream[] {
  const groups = Map.groupBy(examples, (example) => example.group);
  return Array.from(groups.values(), (own) => ({
    illicit: own.some((example) => example.illicit),
    deeds: own.map(({ payer, micro, time }) => {
      if (payer === undefined) throw new RangeError("the payments recipe needs to know who paid");
      return { payer, micro, time };
    }),
    rows: own.map(rowOf),
  }));
}

/** The recipe of the shipped model, for `npm run evaluate`. */
export const PAYMENTS: Recipe = {
  name: "payments",
  schema: PAYMENT_SCHEMA,
  labels: "used",
  async train(split, seed, progress) {
    const settings = { ...PAYMENT_FIT, seed };
    const validation = split.validation.map(rowOf);
    const tell = (epoch: number, loss: number): void =>
      progress(`${split.name}: epoch ${epoch}/${settings.epochs} loss ${loss.toFixed(4)}`);
    const trained = await trainPayments("payments", PAYMENT_SCHEMA, streamsOf(split.train), validation, settings, tell);
    return { floatScore: (facts) => forward(trained.float, facts), model: trained.model };
  },
};
