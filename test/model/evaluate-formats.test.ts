import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { expect } from "chai";

import { EvaluateError } from "../../oracle/src/evaluate/errors.ts";
import { cellsOf } from "../../oracle/src/evaluate/formats/csv.ts";
import { readGeneric, secondsOf } from "../../oracle/src/evaluate/formats/generic.ts";
import { readHandbook } from "../../oracle/src/evaluate/formats/handbook.ts";
import { parseMapping } from "../../oracle/src/evaluate/formats/mapping.ts";
import type { PaymentStream } from "../../oracle/src/evaluate/stream.ts";

const HANDBOOK = "TRANSACTION_ID,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_TIME_SECONDS,TX_FRAUD,TX_FRAUD_SCENARIO";
const MAPPING = "payer=from,payee=to,amount=value,time=at,fraud=bad,scenario=kind";

/** What a promise is rejected with. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function columns(stream: PaymentStream): unknown {
  return Array.from({ length: stream.length }, (_, at) => [
    stream.time[at],
    stream.micro[at],
    stream.payers[stream.payer[at] ?? -1],
    stream.payees[stream.payee[at] ?? -1],
    stream.fraud[at],
    stream.scenarios[stream.scenario[at] ?? -1],
  ]);
}

describe("formats", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-formats-"));
  });

  after(() => rm(folder, { recursive: true }));

  async function file(name: string, content: string | Buffer): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  }

  it("reads the Handbook's columns, packed or not, with cents as exact micro-units", async () => {
    const text = `${HANDBOOK}\n0,596,3156,57.16,31,0,0\r\n1,2,9,0.1,40,1,2\n2,2,9,146,41,0,0`;
    const expected = [
      [31, 57_160_000, "C596", "T3156", 0, undefined],
      [40, 100_000, "C2", "T9", 1, "scenario 2"],
      [41, 146_000_000, "C2", "T9", 0, undefined],
    ];
    expect(columns(await readHandbook(await file("h.csv", text)))).to.deep.equal(expected);
    expect(columns(await readHandbook(await file("h.bin", gzipSync(text))))).to.deep.equal(expected);
  });

  it("says which column is missing and which there are", async () => {
    const error = await rejection(readHandbook(await file("x.csv", "CUSTOMER_ID,AMOUNT\n1,2\n")));
    expect(error).to.be.instanceOf(EvaluateError);
    expect(String(error)).to.contain('no column "TERMINAL_ID"').and.to.contain("CUSTOMER_ID, AMOUNT");
  });

  it("names the line of a bad cell and of a short row", async () => {
    const bad = await rejection(
      readHandbook(await file("b.csv", `${HANDBOOK}\n0,5,3,57.16,31,0,0\n1,5,3,-1,40,0,0\n`)),
    );
    expect(String(bad)).to.contain("line 3").and.to.contain("TX_AMOUNT is -1");
    const short = await rejection(readHandbook(await file("s.csv", `${HANDBOOK}\n0,5,3\n`)));
    expect(String(short)).to.contain("line 2").and.to.contain("3 cells");
    const empty = await rejection(readHandbook(await file("e.csv", "")));
    expect(String(empty)).to.contain("is empty");
    expect(await rejection(readHandbook(join(folder, "absent.csv")))).to.be.instanceOf(EvaluateError);
  });

  it("reads any columns by a mapping: numbers and ISO times, words for fraud, rows in any order", async () => {
    const text = `id,at,from,to,value,bad,kind\n1,2026-01-01T00:00:10Z,a,"Shop, Ltd",1.5,yes,theft\n2,1767225600,b,a,2e-3,0,\n`;
    const stream = await readGeneric(await file("g.csv", text), parseMapping(MAPPING));
    expect(columns(stream)).to.deep.equal([
      [1_767_225_600, 2_000, "b", "a", 0, undefined],
      [1_767_225_610, 1_500_000, "a", "Shop, Ltd", 1, "theft"],
    ]);
  });

  it("reads seconds, milliseconds, dates and times, without a zone as UTC", () => {
    const moment = 1_767_261_600;
    const same = [
      String(moment),
      `${moment}000`,
      `${moment}.9`,
      "2026-01-01T10:00:00Z",
      "2026-01-01 10:00:00",
      "2026-01-01T12:00:00+02:00",
    ];
    for (const text of same) expect(secondsOf(text), text).to.equal(moment);
    expect(secondsOf("2026-01-01")).to.equal(1_767_225_600);
    for (const text of ["yesterday", "01/02/2026", ""]) expect(secondsOf(text), text).to.equal(undefined);
  });

  it("refuses a mapping with an unknown, doubled or missing key", () => {
    expect(() => parseMapping("payer=a,who=b")).to.throw(EvaluateError, "who=b");
    expect(() => parseMapping("payer=a,payer=b")).to.throw(EvaluateError, "payer twice");
    expect(() => parseMapping("payer=a,payee=b,amount=c,time=d")).to.throw(EvaluateError, "lacks fraud");
    expect(() => parseMapping("payer")).to.throw(EvaluateError, "key=column");
  });

  it("refuses amounts, times and flags that are none, naming the line", async () => {
    const mapping = parseMapping("payer=p,payee=q,amount=a,time=t,fraud=f");
    const cases = [
      ["x,y,-3,1,0", "a is"],
      ["x,y,1,soon,0", "t is"],
      ["x,y,1,1,maybe", "f is"],
      [",y,1,1,0", "payer or payee is empty"],
    ];
    for (const [line, words = ""] of cases) {
      const error = await rejection(readGeneric(await file("r.csv", `p,q,a,t,f\n${line}\n`), mapping));
      expect(error, line).to.be.instanceOf(EvaluateError);
      expect(String(error)).to.contain("line 2").and.to.contain(words);
    }
  });

  it("splits quoted cells and refuses quotes that do not match", () => {
    expect(cellsOf('a,"b,c",,"say ""hi"""')).to.deep.equal(["a", "b,c", "", 'say "hi"']);
    expect(cellsOf('"a",')).to.deep.equal(["a", ""]);
    expect(() => cellsOf('"a,b')).to.throw(EvaluateError, "quotes");
  });
});
