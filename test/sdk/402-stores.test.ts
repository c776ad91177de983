import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect } from "chai";
import { toBeHex } from "ethers";
import { Pool } from "pg";

import {
  memoryStore,
  postgresStore,
  sqliteStore,
  type ChannelRecord,
  type Payment,
  type VoucherStore,
} from "../../sdk/src/paywall/index.ts";
import { sharedPostgres } from "../oracle/support/postgres.ts";
import { random } from "../shared/random.ts";
import { thrownBy } from "./refusals.ts";

const address = (byte: string): string => `0x${byte.repeat(20)}`;
const terms = {
  payer: address("11"),
  payee: address("22"),
  token: address("33"),
  signer: address("11"),
  exitDelay: 86_400,
  salt: 2n ** 255n + 7n,
};
const site = `31337:${address("44")}`;
const channelOf = (index: number): string => toBeHex(index, 32);
const LARGEST = (1n << 96n) - 1n;

function payment(cumulative: bigint, changes: Partial<Payment> = {}): Payment {
  const signature = `0x${cumulative.toString(16).padStart(128, "0")}`;
  return { channel: channelOf(1), site, terms, cumulative, signature, price: 10n, claimed: 0n, at: 100, ...changes };
}

type Made = { store: VoucherStore; again: () => Promise<VoucherStore> };
const closers: (() => unknown)[] = [];

function sqlite(durability: "power" | "process"): Made {
  const directory = mkdtempSync(join(tmpdir(), "sluice-vouchers-"));
  closers.push(() => rmSync(directory, { recursive: true }));
  const again = async () => sqliteStore(new DatabaseSync(join(directory, "vouchers.db")), { durability });
  return { store: sqliteStore(new DatabaseSync(join(directory, "vouchers.db")), { durability }), again };
}

async function postgres(): Promise<Made> {
  const connectionString = await (await sharedPostgres()).database();
  const again = async () => {
    const pool = new Pool({ connectionString });
    closers.unshift(() => pool.end());
    return postgresStore(pool);
  };
  return { store: await again(), again };
}

const memory = memoryStore;
const kinds: Record<string, () => Promise<Made>> = {
  memory: async () => {
    const store = memory();
    return { store, again: async () => store };
  },
  "SQLite, safe against loss of power": async () => sqlite("power"),
  "SQLite, safe against loss of the process": async () => sqlite("process"),
  PostgreSQL: postgres,
};

for (const [name, make] of Object.entries(kinds)) {
  describe(`402: a voucher store in ${name}`, () => {
    let made: Made;
    let store: VoucherStore;
    beforeEach(async () => {
      made = await make();
      store = made.store;
    });
    afterEach(async () => {
      await store.close();
      for (const close of closers.splice(0)) await close();
    });

    it("accepts a higher voucher that pays for all that was served, and no other", async () => {
      expect((await store.accept(payment(10n))).done).to.equal(true);
      expect((await store.accept(payment(19n))).done, "not enough for what was served and this").to.equal(false);
      expect((await store.accept(payment(10n, { price: 0n }))).done, "the same amount").to.equal(false);
      expect((await store.accept(payment(9n, { price: 0n }))).done, "a lower one").to.equal(false);
      const { done, record } = await store.accept(payment(25n, { at: 200 }));
      expect(done).to.equal(true);
      const expected: ChannelRecord = {
        ...{ channel: channelOf(1), site, terms, signed: 25n, signature: payment(25n).signature, spent: 20n },
        ...{ redeemed: 0n, unredeemedSince: 100 },
      };
      expect(record).to.deep.equal(expected);
      expect(await store.find(channelOf(1))).to.deep.equal(expected);
      expect(await store.all(site)).to.deep.equal([expected]);
      expect(await store.all("1:other")).to.deep.equal([]);
      expect(await store.find(channelOf(2))).to.equal(undefined);
    });

    it("begins a channel it does not know where the chain is", async () => {
      const { record } = await store.accept(payment(1_010n, { claimed: 1_000n }));
      expect(record).to.include({ signed: 1_010n, spent: 1_010n, redeemed: 1_000n });
      expect((await store.accept(payment(1_000n, { channel: channelOf(2), claimed: 1_000n }))).done).to.equal(false);
    });

    it("keeps amounts up to the largest", async () => {
      expect((await store.accept(payment(LARGEST))).record?.signed).to.equal(LARGEST);
      expect((await (await made.again()).find(channelOf(1)))?.signed).to.equal(LARGEST);
    });

    it("accepts one of 1,000 that come at once, and charges it once", async () => {
      const outcomes = await Promise.all(Array.from({ length: 1_000 }, () => store.accept(payment(10n))));
      expect(outcomes.filter(({ done }) => done)).to.have.length(1);
      expect((await store.find(channelOf(1)))?.spent).to.equal(10n);
    });

    it("accepts one of many that come at once through two stores over the same data", async () => {
      const second = await made.again();
      const numbers = random(1);
      const twice = Array.from({ length: 200 }, (_, index) => BigInt(1 + (index >> 1)) * 10n);
      const outcomes: boolean[] = [];
      for (const cumulative of twice) {
        const stores = numbers.below(2) === 0 ? [store, second] : [second, store];
        const both = await Promise.all(stores.map((one) => one.accept(payment(cumulative))));
        outcomes.push(...both.map(({ done }) => done));
      }
      expect(outcomes.filter((done) => done)).to.have.length(100);
      expect((await store.find(channelOf(1)))?.spent).to.equal(1_000n);
      expect(await second.find(channelOf(1))).to.deep.equal(await store.find(channelOf(1)));
    });

    it("serves out of credit until there is none, and takes back what was not served", async () => {
      await store.accept(payment(30n));
      expect((await store.spend(channelOf(1), 15n)).done).to.equal(true);
      expect((await store.spend(channelOf(1), 6n)).done).to.equal(false);
      expect((await store.spend(channelOf(1), 5n)).record?.spent).to.equal(30n);
      expect((await store.giveBack(channelOf(1), 10n)).record?.spent).to.equal(20n);
      expect((await store.giveBack(channelOf(1), 21n)).done).to.equal(false);
      expect((await store.spend(channelOf(9), 0n)).done).to.equal(false);
    });

    it("knows what is left to redeem, and since when", async () => {
      await store.accept(payment(30n));
      expect((await store.redeemed(channelOf(1), 20n, 300)).record).to.include({ redeemed: 20n, unredeemedSince: 300 });
      expect((await store.redeemed(channelOf(1), 20n, 400)).done).to.equal(false);
      expect((await store.redeemed(channelOf(1), 30n, 500)).record).to.include({ redeemed: 30n, unredeemedSince: 0 });
      await store.accept(payment(60n, { at: 600 }));
      expect((await store.find(channelOf(1)))?.unredeemedSince).to.equal(600);
    });

    it("agrees with the memory store over 400 random changes of eight channels", async () => {
      const numbers = random(402);
      const model = memory();
      for (let step = 0; step < 50; step += 1) {
        const changes = Array.from({ length: 8 }, () => {
          const channel = channelOf(numbers.below(8));
          const amount = numbers.bits(6);
          const known = numbers.bits(10);
          const kind = numbers.below(4);
          return (one: VoucherStore) => {
            if (kind === 0) return one.spend(channel, amount);
            if (kind === 1) return one.giveBack(channel, amount);
            if (kind === 2) return one.redeemed(channel, known, step);
            return one.accept(payment(known, { channel, price: amount, at: step + 1 }));
          };
        });
        const [ours, theirs] = await Promise.all(
          [store, model].map((one) => Promise.all(changes.map((make) => make(one)))),
        );
        expect(ours, `seed 402, step ${step}`).to.deep.equal(theirs);
      }
    });
  });
}

describe("402: group commit", () => {
  it("tells everybody of a group whose transaction failed, and goes on", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sluice-vouchers-"));
    const database = new DatabaseSync(join(directory, "vouchers.db"));
    const store = sqliteStore(database);
    await store.accept(payment(10n));
    database.exec("ALTER TABLE channel_vouchers RENAME TO elsewhere");
    const failed = await Promise.all([thrownBy(store.accept(payment(20n))), thrownBy(store.accept(payment(30n)))]);
    expect(failed.every((error) => error instanceof Error)).to.equal(true);
    database.exec("ALTER TABLE elsewhere RENAME TO channel_vouchers");
    expect((await store.accept(payment(20n))).done).to.equal(true);
    await store.close();
    rmSync(directory, { recursive: true });
  });
});

describe("402: two voucher stores in SQLite on one connection", () => {
  it("each see what the other wrote, and what was written beside them", async () => {
    const database = new DatabaseSync(":memory:");
    const [one, other] = [sqliteStore(database), sqliteStore(database)];
    expect((await one.accept(payment(10n))).done).to.equal(true);
    expect((await other.accept(payment(20n))).record?.spent).to.equal(20n);
    expect((await one.accept(payment(20n))).done, "accepted by the other").to.equal(false);
    expect((await one.accept(payment(30n))).record?.spent).to.equal(30n);
    database.exec("UPDATE channel_vouchers SET signed = '50'");
    expect((await one.accept(payment(45n))).done, "signed is 50 in the file").to.equal(false);
    expect((await one.accept(payment(51n))).record).to.include({ signed: 51n, spent: 40n });
    await one.close();
  });

  it("keep nothing of a transaction that failed", async () => {
    const database = new DatabaseSync(":memory:");
    const store = sqliteStore(database);
    await store.accept(payment(10n));
    database.exec(`CREATE TRIGGER refuse BEFORE INSERT ON channel_vouchers WHEN NEW.signed = '20'
      BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
    expect(await thrownBy(store.accept(payment(20n)))).to.be.instanceOf(Error);
    const { done, record } = await store.accept(payment(30n));
    expect(done).to.equal(true);
    expect(record).to.include({ signed: 30n, spent: 20n });
    await store.close();
  });
});
