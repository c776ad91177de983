import { expect } from "chai";

import type { AccountStream, Transaction } from "../../oracle/src/evaluate/ethereum/reader.ts";
import { accountRows, historyOf } from "../../oracle/src/evaluate/ethereum/rows.ts";
import { ACCOUNT_FACTS } from "../../oracle/src/facts/accountFacts.ts";
import { factContext } from "../../oracle/src/facts/context.ts";
import type { AuthorizedEvent } from "../../oracle/src/facts/history.ts";
import { ACCOUNT_SCHEMA } from "../../oracle/src/facts/schemas/account.ts";
import { randomAccount } from "./accounts.ts";
import { SLOW_ACCOUNT } from "./slowAccount.ts";
import type { SlowQuestion, Value } from "./slowQuestion.ts";

const COUNTS = [1, 2, 3, 5, 10, 40, Infinity] as const;

function eventsOf({ account, transactions }: AccountStream): AuthorizedEvent[] {
  return transactions.map(({ time, inward, counterparty, micro, failed, call }, index) => {
    const [payer, payee] = inward ? [counterparty, account] : [account, counterparty];
    const flags = { ...(failed ? { failed } : {}), ...(call ? { call } : {}) };
    const place = { block: index + 1, logIndex: 0, time };
    return { kind: "authorized", id: `${index}`, payer, payee, token: "t", micro, ...place, ...flags };
  });
}

function questionOf(stream: AccountStream, count: number): SlowQuestion {
  const payments = eventsOf(stream).slice(0, count);
  const { account } = stream;
  return {
    payment: { id: "", payer: account, payee: account, micro: 0 },
    now: payments.at(-1)?.time ?? 0,
    payments,
    toPayee: payments.filter(({ payee }) => payee === account),
    byPayer: payments.filter(({ payer }) => payer === account),
    pair: [],
    flows: [],
    frauds: new Set(),
    sanctioned: new Set(),
    reported: new Set(),
  };
}

function factsOf(stream: AccountStream, count: number): Record<string, Value> {
  const { account, transactions } = stream;
  const block = Math.min(count, transactions.length);
  const payment = { id: "", payer: account, payee: account, micro: 0 };
  const context = factContext(payment, historyOf(stream).viewOf(payment, block), transactions[block - 1]?.time ?? 0);
  return Object.fromEntries(ACCOUNT_FACTS.map((definition) => [definition.name, definition.compute(context)]));
}

function bytes(stream: AccountStream): string[] {
  return accountRows(ACCOUNT_SCHEMA, stream, COUNTS).map(({ facts }) => facts.join(" "));
}

function altered(stream: AccountStream, alter: (transaction: Transaction) => Transaction): AccountStream {
  return { ...stream, transactions: stream.transactions.map(alter) };
}

describe("facts about an account", () => {
  it("each have a slow twin and agree with it after any number of transactions", () => {
    expect(Object.keys(SLOW_ACCOUNT).sort()).to.deep.equal(ACCOUNT_FACTS.map(({ name }) => name).sort());
    for (let seed = 1; seed <= 60; seed++) {
      const stream = randomAccount(seed, "A", 1 + (seed % 50), seed % 2 === 0);
      for (const count of COUNTS) {
        const question = questionOf(stream, count);
        const slow = Object.fromEntries(Object.entries(SLOW_ACCOUNT).map(([name, twin]) => [name, twin(question)]));
        expect(factsOf(stream, count), `seed ${seed}, ${count} transactions`).to.deep.equal(slow);
      }
    }
  });

  it("do not change when every time is shifted by years", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const stream = randomAccount(seed, "A", 30);
      const later = altered(stream, (one) => ({ ...one, time: one.time + 123_456_789 }));
      expect(bytes(later), `seed ${seed}`).to.deep.equal(bytes(stream));
    }
  });

  it("do not change when the account and its counterparties are renamed", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const stream = randomAccount(seed, "A", 30);
      const renamed = altered(stream, (one) => ({
        ...one,
        counterparty: `${one.counterparty.length}${one.counterparty}z`,
      }));
      expect(bytes({ ...renamed, account: "another" }), `seed ${seed}`).to.deep.equal(bytes(stream));
    }
  });

  it("do not change with the label, nor with what happens later", () => {
    const stream = randomAccount(7, "A", 40);
    expect(bytes({ ...stream, illicit: true })).to.deep.equal(bytes(stream));
    const early = { ...stream, transactions: stream.transactions.slice(0, 10) };
    expect(bytes(early).slice(0, 5)).to.deep.equal(bytes(stream).slice(0, 5));
  });

  it("leave the amount of the payment empty, since none is judged", () => {
    const [row] = accountRows(ACCOUNT_SCHEMA, randomAccount(3, "A", 5), [5]);
    expect(Array.from(row?.facts.slice(0, 3) ?? [])).to.deep.equal([-128, 0, 1]);
  });

  it("read an account without any transaction as one of which nothing is known", () => {
    const payment = { id: "", payer: "A", payee: "A", micro: 0 };
    const other = historyOf(randomAccount(1, "B", 3));
    const context = factContext(payment, other.viewOf(payment, 3), 10);
    const values = ACCOUNT_FACTS.map((definition) => definition.compute(context));
    expect(new Set(values)).to.deep.equal(new Set(["none", 0]));
  });
});
