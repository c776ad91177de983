import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { periodsOf } from "../../oracle/src/evaluate/chronological.ts";
import { EvaluateError } from "../../oracle/src/evaluate/errors.ts";
import { handbookDay } from "../../oracle/src/evaluate/formats/handbook.ts";
import { DAY, WEEK } from "../../oracle/src/evaluate/handbookRules.ts";
import type { Fold } from "../../oracle/src/evaluate/protocols.ts";
import { protocolNamed } from "../../oracle/src/evaluate/registry.ts";
import { StreamBuilder } from "../../oracle/src/evaluate/stream.ts";
import { LABEL_DELAY } from "../../oracle/src/facts/context.ts";
import { PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";
import { sampleAccounts } from "./shipped.ts";

const HEADER = "TRANSACTION_ID,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_TIME_SECONDS,TX_FRAUD,TX_FRAUD_SCENARIO";
const SAMPLE = "oracle/samples/ethereum-2017";

/** Forty payments a day from 06-20 to the end of 08-14, one of twenty a fraud. */
function handbookFile(seed: number): string {
  const random = mulberry32(seed);
  const lines = [HEADER];
  for (let day = handbookDay(6, 20); day < handbookDay(8, 15); day += DAY) {
    for (let index = 0; index < 40; index++) {
      const fraud = random() < 0.05 ? 1 : 0;
      const [customer, terminal] = [Math.floor(60 * random()), Math.floor(20 * random())];
      lines.push(
        `${lines.length},${customer},${terminal},${10 + index}.5,${day + 2_000 * index},${fraud},${2 * fraud}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

const times = (rows: Fold["train"]): [number, number] => [
  Math.min(...rows.map(({ time }) => time)),
  Math.max(...rows.map(({ time }) => time)),
];

describe("the Handbook's folds", () => {
  let folder: string;
  let data: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-folds-"));
    data = join(folder, "handbook.csv");
    await writeFile(data, handbookFile(8));
  });

  after(() => rm(folder, { recursive: true }));

  const folds = (name: string): Promise<readonly Fold[]> =>
    protocolNamed(name, "handbook").folds({ data }, PAYMENT_SCHEMA, () => {});

  it("train a week, calibrate on the week before it, and test a week later without known customers (seed 8)", async () => {
    const all = await folds("handbook-development");
    expect(all.map(({ name }) => name)).to.deep.equal(
      ["07-18", "07-25", "08-01", "08-08"].map((day) => `test week ${day}`),
    );
    all.forEach((fold, index) => {
      const testFrom = handbookDay(7, 18) + index * WEEK;
      const within = (rows: Fold["train"], from: number): void => {
        const [first, last] = times(rows);
        expect(first, fold.name).to.be.within(from, from + DAY);
        expect(last, fold.name).to.be.within(from + WEEK - DAY, from + WEEK - 1);
      };
      within(fold.train, testFrom - 2 * WEEK);
      within(fold.validation, testFrom - 3 * WEEK);
      within(fold.test, testFrom);
      expect([fold.train.length, fold.validation.length]).to.deep.equal([280, 280]);
      const known = new Set(fold.train.filter((row) => row.illicit).map((row) => row.group));
      expect(fold.test.filter((row) => known.has(row.group))).to.deep.equal([]);
      expect(fold.test.filter((row) => row.illicit).every((row) => row.scenario === "scenario 2")).to.equal(true);
    });
  });

  it("of the label-free table train on 07-11 to 07-17 and test 07-25 to 07-31", async () => {
    const [fold, ...others] = await folds("handbook-label-free");
    expect(others).to.deep.equal([]);
    expect(times(fold?.train ?? [])[0]).to.equal(handbookDay(7, 11));
    expect(times(fold?.test ?? [])[1]).to.be.within(handbookDay(7, 31), handbookDay(8, 1));
  });

  it("of the published table say which weeks a file lacks", async () => {
    const failure = await folds("handbook-prequential").catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(EvaluateError);
    expect(String(failure)).to.contain("test week 08-15, test week 08-22, test week 08-29:");
  });
});

describe("the folds of Ethereum payments", () => {
  it("never hold an account twice: the committed sample is fold 0 alone", async () => {
    const source = { data: `${SAMPLE}/payments.csv`, labels: `${SAMPLE}/labels.csv` };
    const all = await protocolNamed("ethereum-payments", "ethereum").folds(source, PAYMENT_SCHEMA, () => {});
    const accounts = await sampleAccounts();
    expect(all.map(({ test }) => new Set(test.map((row) => row.group)).size)).to.deep.equal([
      accounts.length,
      0,
      0,
      0,
      0,
    ]);
    expect(all[0]?.test.length).to.equal(accounts.reduce((sum, account) => sum + account.payments.length, 0));
    expect(all.map(({ train }) => train.length > 0)).to.deep.equal([false, true, true, true, false]);
    expect(all[4]?.validation).to.equal(all[0]?.test);
  });
});

describe("a stream of one's own", () => {
  function spanning(days: number): ReturnType<StreamBuilder["finish"]> {
    const builder = new StreamBuilder();
    const row = { micro: 1, payer: "a", payee: "b", fraud: false };
    builder.add({ ...row, time: 1_000 });
    builder.add({ ...row, time: 1_000 + days * DAY - 1 });
    return builder.finish();
  }

  it("is cut in order of time, and the test waits until the labels of everything before it are in", () => {
    expect(periodsOf(spanning(100))).to.deep.equal({
      trainFrom: 1_000 + 10 * DAY,
      validationFrom: 1_000 + 55 * DAY,
      validationTo: 1_000 + 70 * DAY,
      testFrom: 1_000 + 70 * DAY + LABEL_DELAY,
      testTo: 1_000 + 100 * DAY,
    });
  });

  it("is refused where it ends before the labels are in", () => {
    expect(() => periodsOf(spanning(20))).to.throw(EvaluateError, "spans 20.0 days; more than 24 are needed");
  });
});
