import { listRegistryAbi, packTerms, paymentEscrowAbi, type Terms } from "@sluice/sdk";
import { expect } from "chai";
import { Interface, ZeroAddress } from "ethers";

import { HistoryBook } from "../../oracle/src/chain/book.ts";
import { decodeLogs } from "../../oracle/src/chain/decode.ts";
import { HISTORY_KINDS, historyEvent } from "../../oracle/src/chain/historyEvents.ts";
import type { ChainLog } from "../../oracle/src/chain/wire.ts";
import { arbiterFromText, termsFromText, termsText } from "../../oracle/src/chain/terms.ts";
import { ChainStore, type StoredBlock } from "../../oracle/src/store/chainStore.ts";
import type { EventRow, HistoryRow } from "../../oracle/src/store/schema.ts";
import { Scratch } from "./support/scratch.ts";
import { DIALECTS, freshPlace } from "./support/stores.ts";

const address = (digit: string): string => `0x${digit.repeat(40)}`;
const word = (digit: string): string => `0x${digit.repeat(64)}`;
const site = { gate: address("a"), escrow: address("b"), lists: address("c") };
const token = address("d");
const tokens = new Map([[token, { shift: 12, tokenClass: 0 }]]);
const UNIT = 10n ** 18n;
const escrowEvents = new Interface(paymentEscrowAbi);
const listEvents = new Interface(listRegistryAbi);

const terms: Terms = {
  payer: address("1"),
  payee: address("2"),
  operator: address("2"),
  token,
  amount: 25n * UNIT,
  authorizeBy: 2_000_000_000,
  captureBy: 2_000_000_001,
  refundBy: 2_000_000_002,
  minFeeBps: 0,
  maxFeeBps: 500,
  feeReceiver: address("2"),
  arbiter: ZeroAddress,
  disputeBond: 0n,
  defaultSplitBps: 0,
  rulingWindow: 0,
  silenceRule: "Refund",
  feeTier: "Nobody",
  maxHold: 0,
  referral: `0x${"00".repeat(12)}`,
  salt: 1n,
};

function logOf(
  source: Interface,
  event: string,
  values: readonly unknown[],
  block: number,
  logIndex: number,
): ChainLog {
  const from = source === listEvents ? site.lists : site.escrow;
  const { topics, data } = source.encodeEventLog(event, values);
  const places = { blockHash: word("e"), transactionHash: word("f") };
  return { address: from, topics, data, block, logIndex, ...places };
}

function refundedValues(): readonly unknown[] {
  const values = [word("1"), address("2"), 5n * UNIT];
  // Later releases add a reason; the fold reads both.
  return escrowEvents.getEvent("Refunded")?.inputs.length === 4 ? [...values, 0n] : values;
}

/** A payment, its capture and refund, and a batch of list entries, as a chain would log them. */
function blocks(): StoredBlock[] {
  const logs = [
    logOf(escrowEvents, "Authorized", [word("1"), terms.payee, packTerms(terms)], 10, 3),
    logOf(escrowEvents, "Captured", [word("1"), 20n * UNIT, 0n, 0n], 10, 4),
    logOf(listEvents, "ListBatchAppended", [0n, 1n, false, [`0x${"0".repeat(24)}${"1".repeat(40)}`], word("9")], 12, 0),
    logOf(escrowEvents, "Refunded", refundedValues(), 12, 1),
    logOf(escrowEvents, "Authorized", [word("2"), terms.payee, packTerms({ ...terms, salt: 2n })], 12, 2),
    logOf(listEvents, "ListBatchAppended", [1n, 2n, false, [word("2")], word("8")], 14, 0),
    logOf(listEvents, "ListBatchAppended", [2n, 2n, true, [word("2")], word("7")], 16, 5),
  ];
  return [10, 12, 14, 16].map((number) => {
    const timestamp = 1_000 + number;
    const own = logs.filter(({ block }) => block === number);
    const block = { number, hash: word(String(number % 10)), parent: word("0"), timestamp, eventful: 1 };
    return { block, ...decodeLogs(own, site, timestamp) };
  });
}

const ARBITER = "0xabcdef0123456789abcdef0123456789abcdef01";

/** A ruling as it is stored, nine to one for the payer. */
function ruling(id: string, by: string, block: number, logIndex: number): EventRow {
  const amounts = { toPayee: String(UNIT), toPayer: String(9n * UNIT) };
  const body = JSON.stringify({ id, by, ...amounts, bondTo: terms.payer });
  return { block, log_index: logIndex, kind: "ruled", subject: id, body, transaction_hash: word("f") };
}

/** Five payments, the last of them without an arbiter, and a ruling about each: by these in turn. */
function ruledBlocks(by: readonly string[]): StoredBlock[] {
  const authorized = by.map((_, index) => {
    const arbiter = index < 4 ? ARBITER : ZeroAddress;
    const values = [word(String(index + 1)), terms.payee, packTerms({ ...terms, arbiter, salt: BigInt(index) })];
    return logOf(escrowEvents, "Authorized", values, 10, index);
  });
  const rulings = by.map((one, index) => ruling(word(String(index + 1)), one, 20, index));
  const block = { hash: word("1"), parent: word("0"), eventful: 1 };
  return [
    { block: { ...block, number: 10, timestamp: 1_010 }, ...decodeLogs(authorized, site, 1_010) },
    { block: { ...block, number: 20, timestamp: 1_020 }, payments: [], events: rulings },
  ];
}

/** Which of those five payments are known frauds, and how many rulings their payee and payer have. */
function ruled(book: HistoryBook): unknown {
  const history = book.history(tokens);
  const { payee, payer } = history.viewOf({ ...terms, id: word("6") }, 20);
  const frauds = payee.newestKnownFrauds(Infinity, 9).map((entry) => history.idOf(entry));
  const counts = [payee, payer].map((tile) => tile.countOf("ruledForPayer", 0, Infinity));
  return [frauds, ...counts, payee.countOf("ruledForPayee", 0, Infinity), payee.sumOf("ruledForPayer", 0, Infinity)];
}

async function* noRows(): AsyncGenerator<HistoryRow[]> {
  yield [];
}

/** What history says about a third payment between the same two, as of each block. */
function answers(book: HistoryBook): unknown[] {
  return [9, 10, 12, 14, 16].map((block) => {
    const { payee, payerLists } = book.history(tokens).viewOf({ ...terms, id: word("3") }, block);
    return [
      payee.count,
      payee.sumOf("captured", 0, Infinity),
      payee.sumOf("refunded", 0, Infinity),
      payee.knownFrauds(0, Infinity),
      payerLists,
      payee.listedCounterparties,
    ];
  });
}

const EXPECTED = [
  [0, 0, 0, 0, 0, 0],
  [1, 20_000_000, 0, 0, 0, 0],
  [2, 20_000_000, 5_000_000, 0, 2, 1],
  [2, 20_000_000, 5_000_000, 1, 2, 1],
  [2, 20_000_000, 5_000_000, 0, 2, 1],
];

describe("oracle: what the chain feeds into history", () => {
  const scratch = new Scratch();
  after(() => scratch.clean());

  it("is captures, refunds and list entries beside the payments, in micro-units and in the order of the logs", async () => {
    const book = new HistoryBook();
    await book.add(tokens, noRows());
    for (const block of blocks()) book.append(block);
    expect(answers(book)).to.deep.equal(EXPECTED);
  });

  for (const dialect of DIALECTS)
    it(`is the same when it is read back from ${dialect} after a start`, async () => {
      const dir = await (await freshPlace(dialect, scratch)).open();
      const store = new ChainStore(dir.chain, 256);
      await store.apply(blocks());
      const book = new HistoryBook();
      await book.add(tokens, store.historyUpTo(16, HISTORY_KINDS));
      expect(answers(book)).to.deep.equal(EXPECTED);
      const early = new HistoryBook();
      await early.add(tokens, store.historyUpTo(12, HISTORY_KINDS));
      expect(early.history(tokens).size).to.equal(5);
      await dir.close();
    });

  it("passes over what happens to a payment that was never authorized", async () => {
    const book = new HistoryBook();
    await book.add(tokens, noRows());
    const log = logOf(escrowEvents, "Captured", [word("6"), UNIT, 0n, 0n], 11, 0);
    book.append({ block: { timestamp: 5 }, ...decodeLogs([log], site, 5) });
    expect(book.history(tokens).size).to.equal(0);
  });

  it("leaves list entries out where the site has no list registry", () => {
    const [, second] = blocks();
    const log = logOf(listEvents, "ListBatchAppended", [0n, 0n, false, [word("1")], word("9")], 12, 0);
    expect(decodeLogs([log], { gate: site.gate, escrow: site.escrow }, 1).events).to.deep.equal([]);
    expect(second?.events.map((event) => event.kind)).to.deep.equal(["listBatch", "refunded"]);
  });

  it("takes only the arbiter's word for a ruling, not a default split by anybody nor a side that gives in", async () => {
    const blocks = ruledBlocks([address("9"), ARBITER, terms.payee, terms.payer, ZeroAddress]);
    const expected = [[word("2")], 1, 1, 0, 9_000_000];
    const book = new HistoryBook();
    await book.add(tokens, noRows());
    for (const block of blocks) book.append(block);
    expect(ruled(book)).to.deep.equal(expected);

    for (const dialect of DIALECTS) {
      const dir = await (await freshPlace(dialect, scratch)).open();
      const store = new ChainStore(dir.chain, 256);
      await store.apply(blocks);
      const started = new HistoryBook();
      await started.add(tokens, store.historyUpTo(20, HISTORY_KINDS));
      expect(ruled(started), dialect).to.deep.equal(expected);
      await dir.close();
    }
  });

  it("knows a payment's arbiter also after its block was rolled back and came again", async () => {
    const [first, second] = ruledBlocks([ARBITER, ARBITER, address("9"), address("9"), ARBITER]);
    if (first === undefined || second === undefined) throw new Error("two blocks");
    const book = new HistoryBook();
    await book.add(tokens, noRows());
    for (const block of [first, second]) book.append(block);
    book.rollbackTo(9);
    for (const block of [first, second]) book.append(block);
    expect(ruled(book)).to.deep.equal([[word("1"), word("2")], 2, 2, 0, 18_000_000]);
  });

  it("reads the arbiter out of stored terms as unpacking all of them does", () => {
    const text = termsText(packTerms({ ...terms, arbiter: ARBITER, referral: `0x${"7".repeat(24)}` }));
    expect(arbiterFromText(text)).to.equal(ARBITER);
    expect(arbiterFromText(text)).to.equal(termsFromText(text).arbiter.toLowerCase());
    expect(arbiterFromText(termsText(packTerms({ ...terms, referral: `0x${"7".repeat(24)}` })))).to.equal(undefined);
  });

  it("gives rulings and coded refunds the amounts to both sides and the reason", () => {
    const stored = { block: 3, log_index: 7, subject: word("1"), transaction_hash: word("f") };
    const known = { microOf: (_id: string, amount: string) => Number(BigInt(amount) / UNIT), arbiterOf: () => ARBITER };
    const place = { block: 3, logIndex: 7, time: 50 };
    const about = { id: word("1"), ...place };
    expect(historyEvent(ruling(word("1"), ARBITER, 3, 7), 50, known)).to.deep.equal({
      kind: "ruled",
      toPayee: 1,
      toPayer: 9,
      ...about,
    });
    const refunded = {
      ...stored,
      kind: "refunded",
      body: JSON.stringify({ amount: String(4n * UNIT), reasonCode: "1" }),
    };
    const expected = { kind: "refunded", micro: 4, reasonCode: 1, ...about };
    expect(historyEvent(refunded, 50, known)).to.deep.equal(expected);
    expect(historyEvent({ ...stored, kind: "posted", body: "{}" }, 50, known)).to.equal(undefined);
  });
});
