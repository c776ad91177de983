import { expect } from "chai";
import type { Kysely } from "kysely";

import { LABEL_DELAY } from "../../oracle/src/facts/context.ts";
import { PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import { checkModel } from "../../oracle/src/model/network.ts";
import { ChainStore, type StoredBlock } from "../../oracle/src/store/chainStore.ts";
import { openChain } from "../../oracle/src/store/dataDir.ts";
import type { ChainTables, EventRow, PaymentRow } from "../../oracle/src/store/schema.ts";
import { keepTokens } from "../../oracle/src/store/shadowStore.ts";
import { selectBackend } from "../../oracle/src/train/backend.ts";
import { PAYMENTS_LABEL_FREE } from "../../oracle/src/train/labelFreeRecipe.ts";
import { ownHistory, OwnHistoryError } from "../../oracle/src/train/ownHistory.ts";
import { PAYMENTS } from "../../oracle/src/train/paymentRecipe.ts";
import { enoughLabels, retrain, splitByTime } from "../../oracle/src/train/retrain.ts";
import { shippedModel } from "./shipped.ts";

const HOUR = 3_600;
const PAYMENTS_MADE = 360;
const word = (number: number): string => `0x${number.toString(16).padStart(64, "0")}`;
const account = (number: number): string => `0x${number.toString(16).padStart(40, "0")}`;
const EPOCH = account(0xee);
const TOKEN = account(0xdd);

/** Every third payee is a fraud: paid within minutes, by a new payer each time. */
const isFraud = (index: number): boolean => index % 3 === 0;

function paymentRow(index: number): PaymentRow {
  const payee = index % 30;
  const payer = isFraud(index) ? account(0x1_0000 + index) : account(0x2_0000 + payee);
  const amount = String(10n ** 18n * BigInt(1 + (index % 7)));
  const place = { block: 10 + index, log_index: 0, timestamp: 1_000_000 + 3 * HOUR * index };
  return { id: word(index + 1), payer, payee: account(0x100 + payee), token: TOKEN, amount, terms: "0x", ...place };
}

function eventRow(block: number, kind: string, subject: string, body: object): EventRow {
  return { block, log_index: 9, kind, subject, body: JSON.stringify(body), transaction_hash: word(0) };
}

/** The policy that names the epoch, the payments, and a batch of fraud labels in the last block. */
function blocks(labels: boolean): StoredBlock[] {
  const rows = Array.from({ length: PAYMENTS_MADE }, (_, index) => paymentRow(index));
  const frauds = rows.filter((_, index) => isFraud(index)).map(({ id }) => id);
  const blockOf = (number: number, timestamp: number): StoredBlock["block"] => {
    const hashes = { hash: word(number), parent: word(number - 1) };
    return { number, ...hashes, timestamp, eventful: 1 };
  };
  const last = rows.at(-1);
  if (last === undefined) throw new Error("no payments");
  const batch = { sequence: "0", kind: "2", removal: false, entries: frauds, head: word(0) };
  const end = last.block + 1;
  return [
    { block: blockOf(1, 900_000), payments: [], events: [eventRow(1, "policySet", EPOCH, {})] },
    ...rows.map((row) => ({ block: blockOf(row.block, row.timestamp), payments: [row], events: [] })),
    {
      block: blockOf(end, last.timestamp),
      payments: [],
      events: labels ? [eventRow(end, "listBatch", "", batch)] : [],
    },
  ];
}

async function store(labels: boolean): Promise<Kysely<ChainTables>> {
  const database = await openChain(":memory:");
  await new ChainStore(database, 10).apply(blocks(labels));
  await keepTokens(database, [{ epoch: EPOCH, token: TOKEN, shift: 12, class: 3 }]);
  return database;
}

describe("retraining on a node's own history", () => {
  before(() => selectBackend("cpu", () => undefined));

  it("labels payments by what the chain says of them, and leaves young unlabelled ones out", async () => {
    const database = await store(true);
    const own = await ownHistory(database, PAYMENT_SCHEMA);
    await database.destroy();
    const newest = 1_000_000 + 3 * HOUR * (PAYMENTS_MADE - 1);
    for (const { id, illicit, time } of own.examples) {
      expect(illicit, id).to.equal(isFraud(Number(id) - 1));
      expect(illicit || time <= newest - LABEL_DELAY, id).to.equal(true);
    }
    const frauds = PAYMENTS_MADE / 3;
    expect(own.examples.filter(({ illicit }) => illicit)).to.have.length(frauds);
    expect(own.examples.length + own.tooYoung).to.equal(PAYMENTS_MADE);
    expect(own.tooYoung).to.be.above(30);
    expect([own.fromBlock, own.toBlock]).to.deep.equal([10, 10 + PAYMENTS_MADE]);
    const [first] = own.examples;
    expect(Array.from(first?.facts.slice(0, 3) ?? [])).to.deep.equal([-1, 3, 0]);
  });

  it("knows when there are too few labels to learn from", async () => {
    const databases = await Promise.all([store(true), store(false)]);
    const [labelled, unlabelled] = await Promise.all(databases.map((one) => ownHistory(one, PAYMENT_SCHEMA)));
    for (const database of databases) await database.destroy();
    expect(enoughLabels(splitByTime(labelled?.examples ?? []))).to.equal(true);
    expect(enoughLabels(splitByTime(unlabelled?.examples ?? []))).to.equal(false);
  });

  it("trains a candidate that works, measured on the newer payments beside the model in force", async () => {
    const database = await store(true);
    const own = await ownHistory(database, PAYMENT_SCHEMA);
    await database.destroy();
    const { model, card } = await retrain("watched-candidate", own, PAYMENTS, await shippedModel(), 1, () => undefined);
    expect(() => checkModel(model)).not.to.throw();
    expect(card).to.include({ id: "watched-candidate", recipe: "payments", labels: "used", frauds: PAYMENTS_MADE / 3 });
    expect(card.candidate.auc).to.be.above(0.9);
    expect(card.current?.auc).to.be.within(0, 1);
  }).timeout(60_000);

  it("trains without labels where there are too few", async () => {
    const database = await store(false);
    const own = await ownHistory(database, PAYMENT_SCHEMA);
    await database.destroy();
    const { model, card } = await retrain(
      "watched-candidate",
      own,
      PAYMENTS_LABEL_FREE,
      await shippedModel(),
      1,
      () => undefined,
    );
    expect(() => checkModel(model)).not.to.throw();
    expect(card).to.include({ recipe: "payments-label-free", labels: "not used", frauds: 0 });
    expect(card.candidate.auc).to.equal(undefined);
    expect(card.candidate.held).to.be.within(0, 1);
  }).timeout(60_000);

  it("says so where the node has not read a chain yet", async () => {
    const database = await openChain(":memory:");
    const error: unknown = await ownHistory(database, PAYMENT_SCHEMA).catch((thrown: unknown) => thrown);
    await database.destroy();
    expect(error).to.be.instanceOf(OwnHistoryError);
  });
});
