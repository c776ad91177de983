import { packTerms, type Terms } from "@sluice/sdk";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { sql } from "kysely";
import { join } from "node:path";

import { HistoryBook } from "../../oracle/src/chain/book.ts";
import { HISTORY_KINDS } from "../../oracle/src/chain/historyEvents.ts";
import { termsText } from "../../oracle/src/chain/terms.ts";
import { computeFacts } from "../../oracle/src/facts/facts.ts";
import { PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import { ChainStore, type StoredBlock } from "../../oracle/src/store/chainStore.ts";
import { openDataDir } from "../../oracle/src/store/dataDir.ts";
import { historyByQueries } from "../../oracle/src/store/historyReads.ts";
import { historyByThread } from "../../oracle/src/store/historyThread.ts";
import type { EventRow, HistoryRow } from "../../oracle/src/store/schema.ts";
import type { Stores } from "../../oracle/src/store/stores.ts";
import { mulberry32, type Random } from "../../oracle/src/train/random.ts";
import { pick } from "../model/randomHistory.ts";
import { refused } from "./support/errors.ts";
import { Scratch } from "./support/scratch.ts";

const SEED = Number(process.env.SLUICE_FUZZ_SEED ?? 20_311);
const BLOCKS = 120;
const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, "0")}`;
const ACCOUNTS = [1, 2, 3, 4, 5].map((digit) => hex(digit, 40));
const TOKENS = [hex(0xd1, 40), hex(0xd2, 40)] as const;
const tokens = new Map([[TOKENS[0], { shift: 12, tokenClass: 0 }]]);
const AMOUNTS = [
  "0",
  "1",
  "999999999999",
  "1000000000000",
  "25000000000000000000",
  "281474976710656000000000000",
  "9".repeat(60),
];

const blank: Terms = {
  ...{ payer: ZeroAddress, payee: ZeroAddress, operator: ZeroAddress, token: TOKENS[0], amount: 1n },
  ...{ authorizeBy: 2_000_000_000, captureBy: 2_000_000_001, refundBy: 2_000_000_002, minFeeBps: 0, maxFeeBps: 0 },
  ...{ feeReceiver: ZeroAddress, arbiter: ZeroAddress, disputeBond: 0n, defaultSplitBps: 0, rulingWindow: 0 },
  ...{ silenceRule: "Refund", feeTier: "Nobody", maxHold: 0, referral: `0x${"00".repeat(12)}`, salt: 1n },
};

/** Something that happened to a payment or a list, as it is stored. */
function happening(random: Random, ids: readonly string[]): Pick<EventRow, "kind" | "subject" | "body"> {
  const subject = random() < 0.03 ? hex(0xffffff, 64) : pick(random, ids);
  const amount = pick(random, AMOUNTS);
  const kind = pick(random, ["captured", "captured", "refunded", "ruled", "listBatch", "posted"]);
  const split = { by: pick(random, ACCOUNTS), toPayee: amount, toPayer: pick(random, AMOUNTS) };
  const entries = [subject, `0x${"0".repeat(24)}${pick(random, ACCOUNTS).slice(2)}`];
  const list = { kind: String(Math.floor(random() * 3)), removal: random() < 0.3, entries };
  const refund = { amount, reasonCode: pick(random, ["0", "1"]) };
  const body =
    kind === "ruled" ? split : kind === "listBatch" ? list : kind === "refunded" ? refund : { id: subject, amount };
  return { kind, subject, body: JSON.stringify(body) };
}

/** Blocks with payments and what happened to them, in any order within a block. */
function randomBlocks(random: Random): StoredBlock[] {
  const ids: string[] = [];
  let timestamp = 1_700_000_000;
  return Array.from({ length: BLOCKS }, (_, index) => {
    const number = 3 * index + 1;
    timestamp += pick(random, [12, 3_600, 86_400, 700_000]);
    const block = { number, hash: hex(number, 64), parent: hex(number - 1, 64), timestamp, eventful: 1 };
    const stored = { block, payments: [] as StoredBlock["payments"][number][], events: [] as EventRow[] };
    for (let log_index = 0; log_index < 1 + random() * 9; log_index++) {
      const place = { block: number, log_index };
      if (ids.length > 0 && random() < 0.6) {
        stored.events.push({ ...place, ...happening(random, ids), transaction_hash: block.hash });
        continue;
      }
      const id = hex(ids.push(hex(ids.length + 1, 64)), 64);
      const parties = { payer: pick(random, ACCOUNTS), payee: pick(random, ACCOUNTS), token: pick(random, TOKENS) };
      const terms = termsText(packTerms({ ...blank, arbiter: pick(random, [ZeroAddress, ...ACCOUNTS]) }));
      stored.payments.push({ id, ...parties, amount: pick(random, AMOUNTS), terms, ...place, timestamp });
      // A charge is authorization and capture in one log.
      if (random() < 0.1) {
        const body = JSON.stringify({ id, amount: "25000000000000000000" });
        stored.events.push({ ...place, kind: "captured", subject: id, body, transaction_hash: block.hash });
      }
    }
    return stored;
  });
}

const all = (block: number): { after: number; block: number } => ({ after: -1, block });

async function folded(pages: AsyncIterable<readonly HistoryRow[]>): Promise<HistoryBook> {
  const book = new HistoryBook();
  await book.add(tokens, pages);
  return book;
}

/** The facts of a payment that stands in the history, or of one that nobody made yet, as of some block. */
function randomQuestion(random: Random, blocks: readonly StoredBlock[]): (book: HistoryBook) => string {
  const { block } = pick(random, blocks);
  const { id } = pick(
    random,
    blocks.flatMap(({ payments }) => payments),
  );
  const payment = {
    id: random() < 0.7 ? id : "new",
    payer: pick(random, ACCOUNTS),
    payee: pick(random, ACCOUNTS),
    micro: 77,
  };
  const asOf = { block: block.number, timestamp: block.timestamp };
  return (book) => computeFacts(PAYMENT_SCHEMA, payment, book.history(tokens), asOf).join();
}

describe("oracle: history read by a thread of its own", () => {
  const scratch = new Scratch();
  let stores: Stores;
  let file = "";
  beforeEach(async () => {
    const dir = scratch.dir();
    stores = await openDataDir(dir);
    file = join(dir, "chain.sqlite");
  });
  afterEach(() => stores.close());
  after(() => scratch.clean());

  it("gives the same facts, byte for byte, as history read by queries and as blocks followed one by one", async () => {
    for (let round = 0; round < 5; round++) {
      const random = mulberry32(SEED + round);
      const blocks = randomBlocks(random);
      const store = new ChainStore(stores.chain, 256);
      await store.rollbackTo(-1);
      await store.apply(blocks);
      const upTo = pick(random, blocks.slice(60)).block.number;
      const queried = await folded(historyByQueries(stores.chain, all(upTo), HISTORY_KINDS));
      const threaded = await folded(historyByThread(file, all(upTo), HISTORY_KINDS, pick(random, [1, 7, 10_000])));
      const followed = new HistoryBook();
      await followed.add(tokens, historyByQueries(stores.chain, all(-1), HISTORY_KINDS));
      for (const block of blocks) if (block.block.number <= upTo) followed.append(block);
      expect(threaded.history(tokens).size).to.equal(queried.history(tokens).size).and.to.be.greaterThan(100);
      for (let question = 0; question < 300; question++) {
        const facts = randomQuestion(random, blocks);
        const note = `seed ${SEED + round}, question ${question}`;
        expect(facts(threaded), note).to.equal(facts(queried));
        expect(facts(threaded), note).to.equal(facts(followed));
      }
    }
  });

  it("is what a long history of an SQLite file comes from", async () => {
    const store = new ChainStore(stores.chain, 256);
    await sql`insert into blocks values (1, '0x1', '0x0', 5, 1)`.execute(stores.chain);
    await sql`insert into payments with recursive n(i) as (select 0 union all select i + 1 from n where i < 20000)
      select 'p' || i, ${ACCOUNTS[0]}, ${ACCOUNTS[1]}, ${TOKENS[0]}, '25', ${termsText(packTerms(blank))}, 1, 2 * i, 5
      from n`.execute(stores.chain);
    await sql`insert into events select block, log_index + 1, 'captured', id, '{"amount":"7"}', '0x' from payments`.execute(
      stores.chain,
    );
    const rows: HistoryRow[] = [];
    for await (const page of store.historyUpTo(1, HISTORY_KINDS)) rows.push(...page);
    expect(rows.length).to.equal(40_002);
    const captured = { block: 1, log_index: 40_001, kind: "captured", subject: "p20000", body: "", amount: "7" };
    expect(rows.at(-1)).to.deep.equal({ event: captured, timestamp: 5 });
  });

  it("reads no further than a caller that stops, however little he took", async () => {
    const store = new ChainStore(stores.chain, 256);
    await store.apply(randomBlocks(mulberry32(SEED)));
    for await (const page of historyByThread(file, all(1_000), HISTORY_KINDS, 1)) {
      expect(page.length).to.equal(1);
      break;
    }
  });

  it("says that the database does not answer where the file cannot be opened", async () => {
    await refused(folded(historyByThread(`${file}/none`, all(9), HISTORY_KINDS)), "STORE_UNAVAILABLE");
  });

  it("stops at a stored capture whose amount is no text", async () => {
    await sql`insert into blocks values (1, '0x1', '0x0', 5, 1)`.execute(stores.chain);
    await sql`insert into events values (1, 0, 'captured', 'p', '{"amount":7}', '0x')`.execute(stores.chain);
    const failure: unknown = await folded(historyByThread(file, all(9), HISTORY_KINDS)).catch(
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(RangeError);
  });
});
