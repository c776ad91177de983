import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { expect } from "chai";

import { EvaluateError } from "../../oracle/src/evaluate/errors.ts";
import { protocol } from "../../oracle/src/evaluate/ethereum/protocol.ts";
import { readAccountStreams } from "../../oracle/src/evaluate/ethereum/reader.ts";
import { ACCOUNTS, ACCOUNTS_LARGE } from "../../oracle/src/evaluate/ethereum/recipe.ts";
import { accountRows } from "../../oracle/src/evaluate/ethereum/rows.ts";
import type { Example } from "../../oracle/src/evaluate/types.ts";
import { ACCOUNT_SCHEMA } from "../../oracle/src/facts/schemas/account.ts";
import { compileModel } from "../../oracle/src/model/compile.ts";
import { checkModel } from "../../oracle/src/model/network.ts";
import { accumulate } from "../../oracle/src/model/reference.ts";
import { selectBackend } from "../../oracle/src/train/backend.ts";
import { ranking } from "../../oracle/src/train/metrics.ts";
import { foldOf } from "../../oracle/src/train/payments.ts";
import { randomAccount, render } from "./accounts.ts";
import { expectNear } from "./near.ts";

const HEADER = "account,t_rel_s,dir,counterparty,value_eth,is_error,is_call";

const STREAMS = Array.from({ length: 120 }, (_, index) =>
  randomAccount(index + 1, `A${index}`, 1 + (index % 25), index % 4 === 0),
);

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function groups(rows: readonly Example[]): Set<string> {
  return new Set(rows.map(({ group }) => group));
}

describe("the protocol of Ethereum accounts", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-accounts-"));
  });

  after(() => rm(folder, { recursive: true }));

  async function file(name: string, content: string | Buffer): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  }

  async function refusal(rows: string, labels = "A0,0"): Promise<string> {
    const data = await file("bad.csv", `${HEADER}\n${rows}\n`);
    const flags = await file("bad-labels.csv", `account,flag\n${labels}\n`);
    const error = await rejection(readAccountStreams(data, flags));
    expect(error).to.be.instanceOf(EvaluateError);
    return error instanceof EvaluateError ? error.message.replaceAll(`${folder}/`, "") : "";
  }

  async function source(): Promise<{ data: string; labels: string }> {
    const text = render(STREAMS);
    return { data: await file("tx.csv.gz", gzipSync(text.data)), labels: await file("labels.csv", text.labels) };
  }

  it("reads back the accounts it is given, packed or not", async () => {
    const { data, labels } = await source();
    expect(await readAccountStreams(data, labels)).to.deep.equal(STREAMS);
    const plain = await file("tx.csv", render(STREAMS).data);
    expect(await readAccountStreams(plain, labels)).to.deep.equal(STREAMS);
  });

  it("takes the columns in any order", async () => {
    const data = await file(
      "tx.csv",
      "is_call,is_error,value_eth,counterparty,dir,t_rel_s,account\n1,0,9.1e-5,c0,out,7,A0\n",
    );
    const labels = await file("labels.csv", "flag,account\n1,A0\n");
    const transaction = { time: 7, inward: false, counterparty: "c0", micro: 91, failed: false, call: true };
    expect(await readAccountStreams(data, labels)).to.deep.equal([
      { account: "A0", illicit: true, transactions: [transaction] },
    ]);
  });

  it("names the line and what it expects of a bad cell", async () => {
    expect(await refusal("A0,1.5,in,c0,1,0,0")).to.match(
      /^line 2 of bad.csv: t_rel_s is "1.5", expected whole seconds/,
    );
    expect(await refusal("A0,1,up,c0,1,0,0")).to.equal('line 2 of bad.csv: dir is "up", expected in or out');
    expect(await refusal("A0,1,in,,1,0,0")).to.equal('line 2 of bad.csv: counterparty is "", expected a name');
    expect(await refusal("A0,1,in,c0,-1,0,0")).to.match(/^line 2 of bad.csv: value_eth is "-1", expected an amount/);
    expect(await refusal("A0,1,in,c0,1,2,0")).to.equal('line 2 of bad.csv: is_error is "2", expected 0 or 1');
    expect(await refusal("A0,1,in,c0,1,0,toString")).to.match(/is_call is "toString"/);
  });

  it("refuses transactions out of order, accounts without a label or with two, and an empty file", async () => {
    expect(await refusal("A0,5,in,c0,1,0,0\nA0,4,in,c0,1,0,0")).to.match(
      /^line 3 of bad.csv: a transaction of A0 lies/,
    );
    expect(await refusal("A1,5,in,c0,1,0,0")).to.equal("bad-labels.csv has no label for account A1");
    expect(await refusal("A0,5,in,c0,1,0,0", "A0,0\nA0,1")).to.match(/^line 3 of bad-labels.csv: A0 has a label/);
    expect(await refusal("")).to.equal("bad.csv holds no transactions");
  });

  it("asks for the labels, and names a missing column", async () => {
    const { data, labels } = await source();
    const unlabelled = await rejection(protocol.folds({ data }, ACCOUNT_SCHEMA, () => {}));
    expect(unlabelled)
      .to.be.instanceOf(EvaluateError)
      .with.property("message")
      .that.matches(/--labels FILE/);
    const wrong = await rejection(readAccountStreams(labels, labels));
    expect(wrong)
      .to.be.instanceOf(EvaluateError)
      .with.property("message")
      .that.matches(/has no column "t_rel_s"/);
  });

  it("puts each account's rows into one part of a fold, and tests every account once", async () => {
    const folds = await protocol.folds(await source(), ACCOUNT_SCHEMA, () => {});
    const tested: string[] = [];
    folds.forEach((fold, number) => {
      const parts = [groups(fold.train), groups(fold.validation), groups(fold.test)];
      const all = parts.flatMap((part) => [...part]);
      expect(new Set(all).size, fold.name).to.equal(all.length);
      expect(all.length).to.equal(STREAMS.length);
      for (const account of parts[2] ?? []) expect(foldOf(account)).to.equal(number);
      tested.push(...(parts[2] ?? []));
    });
    expect(tested.sort()).to.deep.equal(STREAMS.map(({ account }) => account).sort());
  });

  it("judges an account after its first transactions, and a shorter one by those it has", async () => {
    const folds = await protocol.folds(await source(), ACCOUNT_SCHEMA, () => {});
    const views = folds.flatMap((fold) => fold.views ?? []);
    const counts = [
      ["after 1 transaction", 1],
      ["after 3 transactions", 3],
      ["after 5 transactions", 5],
      ["after 10 transactions", 10],
      ["all transactions", Infinity],
    ] as const;
    for (const [name, count] of counts) {
      const rows = views.filter((view) => view.name === name).flatMap((view) => view.rows);
      expect(rows.length, name).to.equal(STREAMS.length);
      for (const row of rows) {
        const stream = STREAMS.find(({ account }) => account === row.group);
        const transactions = stream?.transactions.slice(0, count) ?? [];
        expect(row.id).to.equal(`${row.group}/${transactions.length}`);
        const alone = accountRows(ACCOUNT_SCHEMA, { account: row.group, illicit: false, transactions }, [Infinity]);
        expect(row.facts, `${row.id}`).to.deep.equal(alone[0]?.facts);
      }
    }
  });

  it("trains integer models of both sizes that compile and rank as the float ones do", async () => {
    await selectBackend("wasm", () => {});
    const [fold] = await protocol.folds(await source(), ACCOUNT_SCHEMA, () => {});
    if (fold === undefined) throw new Error("no fold");
    const most = { accounts: 6_500, "accounts-large": 16_000 } as const;
    for (const recipe of [ACCOUNTS, ACCOUNTS_LARGE]) {
      const { model, floatScore } = await recipe.train(fold, 1, () => {});
      checkModel(model);
      const compiled = compileModel({ ...model, id: "accounts-1" });
      expect(compiled.gasEstimate).to.be.below(most[recipe.name === "accounts" ? "accounts" : "accounts-large"]);
      const illicit = fold.test.map((row) => row.illicit);
      const [float, integer] = [floatScore, (facts: Int8Array): number => accumulate(model, facts)].map((score) =>
        ranking(
          fold.test.map((row) => score(row.facts)),
          illicit,
        ),
      );
      expectNear(integer?.auc, float?.auc ?? NaN, 0.02, recipe.name);
    }
  });
});
