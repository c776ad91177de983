import { expect } from "chai";

import { cutFor, ranking } from "../../oracle/src/train/metrics.ts";
import { DataError, foldOf, parseLabels, parseTransactions, weiOf } from "../../oracle/src/train/payments.ts";
import { mulberry32, nearlyNormal, permutation } from "../../oracle/src/train/random.ts";
import { drawAccounts, parseSample, renderSample } from "../../oracle/src/train/sample.ts";
import { sampleAccounts } from "./shipped.ts";

const TRANSACTIONS = `account,t_rel_s,dir,counterparty,value_eth,is_error,is_call
A0,0,in,c0,3.60913,0,0
A0,5,out,c1,1,0,0
A0,9,in,c2,0,0,0
A0,11,in,c2,2,1,0
A1,3,in,c0,9.11e-16,0,0
A0,20,in,c0,1e-7,0,1
`;

describe("the data", () => {
  it("is read as incoming payments above zero and without an error, numbered by account", () => {
    const accounts = parseTransactions(TRANSACTIONS, parseLabels("account,flag\nA0,0\nA1,1\n"));
    expect(accounts.map((one) => [one.account, one.illicit, one.payments.length])).to.deep.equal([
      ["A0", false, 2],
      ["A1", true, 1],
    ]);
    expect(accounts[0]?.payments[1]).to.deep.equal({
      account: "A0",
      index: 2,
      tRelSeconds: 20,
      counterparty: "c0",
      amountWei: 100_000_000_000n,
    });
  });

  it("ends at an account's twentieth payment", () => {
    const rows = Array.from({ length: 30 }, (_, index) => `A,${index},in,c,1,0,0`).join("\n");
    const header = TRANSACTIONS.split("\n")[0];
    expect(parseTransactions(`${header}\n${rows}\n`, new Map([["A", false]]))[0]?.payments).to.have.length(20);
  });

  it("has exact amounts in the smallest unit, with and without an exponent", () => {
    expect(["3.60913", "12", "9.11e-16", "1e-18", "1.5e3", "1e-19"].map(weiOf)).to.deep.equal([
      3_609_130_000_000_000_000n,
      12n * 10n ** 18n,
      911n,
      1n,
      1_500n * 10n ** 18n,
      0n,
    ]);
    expect(() => weiOf("-1")).to.throw(DataError, '"-1"');
  });

  it("is refused with another header, a missing column, an unknown flag or a missing label", () => {
    expect(() => parseLabels("a,b\n")).to.throw(DataError, "found a,b");
    expect(() => parseLabels("account,flag\nA0\n")).to.throw(DataError, "2 columns in A0");
    expect(() => parseLabels("account,flag\nA0,2\n")).to.throw(DataError, "flag of A0 is 2");
    expect(() => parseTransactions(TRANSACTIONS, new Map())).to.throw(DataError, "A0 has no label");
  });
});

describe("the sample", () => {
  it("holds the accounts of fold 0 only, at most 20 payments each, in order", async () => {
    const sample = await sampleAccounts();
    expect(sample).to.have.length(1_058);
    expect(sample.filter((account) => account.illicit)).to.have.length(63);
    for (const { account, payments } of sample) {
      expect(foldOf(account), account).to.equal(0);
      expect(payments.map((payment) => payment.index)).to.deep.equal(payments.map((_, index) => index + 1));
      const times = payments.map((payment) => payment.tRelSeconds);
      expect(times, account).to.deep.equal([...times].sort((a, b) => a - b));
    }
  });

  it("is read back as it was written", async () => {
    const sample = await sampleAccounts();
    const { payments, labels } = renderSample(sample);
    expect(parseSample(payments, labels)).to.deep.equal(sample);
  });

  it("draws the same accounts for the same seed, honest ones first, none twice", async () => {
    const sample = await sampleAccounts();
    const names = (seed: number) => drawAccounts(sample, seed, { honest: 45, illicit: 15 }).map((one) => one.account);
    expect(names(7)).to.deep.equal(names(7));
    expect(names(7)).not.to.deep.equal(names(8));
    expect(new Set(names(7)).size).to.equal(60);
    const drawn = drawAccounts(sample, 7, { honest: 45, illicit: 15 });
    expect(drawn.map((account) => account.illicit).indexOf(true)).to.equal(45);
    expect(() => drawAccounts(sample, 1, { honest: 1, illicit: 64 })).to.throw(
      DataError,
      "64 accounts, the sample has 63",
    );
  });
});

describe("random numbers", () => {
  it("are those of mulberry32", () => {
    const random = mulberry32(1);
    const values = [random(), random()].map((value) => Math.round(value * 2 ** 32));
    expect(values).to.deep.equal([2_693_262_067, 11_749_833]);
  });

  it("permute without loss and look normal where they should", () => {
    const random = mulberry32(5);
    expect([...permutation(100, random)].sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 100 }, (_, i) => i));
    const values = Array.from({ length: 20_000 }, () => nearlyNormal(random));
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.abs(variance - 1)).to.be.at.most(0.03);
  });
});

describe("metrics", () => {
  it("give area and average precision of a small example by hand, ties counted half", () => {
    expect(ranking([4, 3, 2, 1], [true, false, true, false])).to.deep.equal({
      auc: 0.75,
      averagePrecision: (1 + 2 / 3) / 2,
    });
    expect(ranking([1, 1], [true, false])).to.deep.equal({ auc: 0.5, averagePrecision: 0.5 });
  });

  it("draw the line that at most the given share reaches", () => {
    const values = Array.from({ length: 100 }, (_, index) => index);
    expect(values.filter((value) => value >= cutFor(values, 0.03))).to.deep.equal([97, 98, 99]);
  });
});
