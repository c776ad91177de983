import { expect } from "chai";
import { formatUnits } from "ethers";
import { readdir, readFile } from "node:fs/promises";

import { bands, contractErrors, contractEvents } from "../../sdk/src/index.ts";
import { at, capture, post, request, setPolicy, unpaid } from "../shared/moves.ts";
import { attest, authorized, DAY, fixture, networkHelpers, termsFor, UNIT } from "../shared/suite.ts";
import type { Authorized, Suite } from "../shared/suite.ts";

const folder = "docs/operations";
const terms = { amount: 250n * UNIT, maxFeeBps: 100 };

type Values = Record<string, string>;

/** What the pages' tables name, as they write it. */
async function valuesOf(suite: Suite, payment: Authorized, now: number): Promise<Values> {
  const state = await suite.escrow.payment(payment.id);
  const timer = await suite.escrow.timer(payment.id);
  const [credit, protocolCredit] = await suite.escrow.ledger(payment.terms.token, suite.feeReceiver.address);
  const holds = async (account: string): Promise<string> => amount(await suite.token.balanceOf(account));
  const second = (value: bigint): string => secondOf(Number(value), now, payment.terms.captureBy);
  return {
    capturable: amount(state.capturable),
    refundable: amount(state.refundable),
    requested: state.requested ? "yes" : "no",
    band: bands[Number(state.band)] ?? "?",
    score: Number(state.score).toLocaleString("en"),
    protocolFeeBps: String(state.protocolFeeBps),
    silentAt: second(timer.silentAt),
    opensAt: second(timer.opensAt),
    closesAt: second(timer.closesAt),
    "payer holds": await holds(suite.payer.address),
    "payee holds": await holds(suite.payee.address),
    "escrow holds": await holds(suite.site.escrow),
    "fee receiver holds": await holds(suite.feeReceiver.address),
    "treasury holds": await holds(suite.treasury.address),
    "ledger of the fee receiver": amount(credit),
    "protocol's part beside it": amount(protocolCredit),
  };
}

function amount(value: bigint): string {
  const [whole = "", fraction = "0"] = formatUnits(value, 18).split(".");
  return BigInt(whole).toLocaleString("en") + (fraction === "0" ? "" : `.${fraction}`);
}

function secondOf(value: number, now: number, captureBy: number): string {
  if (value === 0) return "0";
  return value === captureBy ? "captureBy" : `now + ${(value - now) / 3_600} h`;
}

/** Rows of the page's table "value, before, after". */
async function documented(page: string): Promise<{ name: string; before: string; after: string }[]> {
  const text = await readFile(`${folder}/${page}.md`, "utf8");
  const [, table = ""] = text.split("| value | before | after |\n|---|---|---|\n");
  const lines = table.split("\n\n")[0]?.split("\n") ?? [];
  return lines.map((line) => {
    const [, name = "", before = "", after = ""] = line.split("|").map((cell) => cell.trim());
    return { name, before, after };
  });
}

/** Does what the page describes and compares its table with the chain before and after. */
async function play(page: string, suite: Suite, payment: Authorized, act: () => Promise<unknown>): Promise<void> {
  const rows = await documented(page);
  expect(rows.length, `${page}: rows`).to.be.greaterThan(2);
  const before = await valuesOf(suite, payment, await networkHelpers.time.latest());
  await act();
  const after = await valuesOf(suite, payment, await networkHelpers.time.latest());
  for (const row of rows) {
    expect([row.name, before[row.name], after[row.name]], page).to.deep.equal([row.name, row.before, row.after]);
  }
}

async function suiteOfThePages(): Promise<Suite> {
  const suite = await fixture();
  await setPolicy(suite, { protocolFeeBps: 20, silenceDelay: DAY / 4 });
  return suite;
}

describe("docs: operations", () => {
  it("tell the story that the contracts play, figure by figure", async () => {
    const suite = await suiteOfThePages();
    const { escrow, payee, stranger, token, site } = suite;
    // Stands for a payment that does not exist yet, until the first page has authorized it.
    const payment = unpaid(suite, await termsFor(suite, terms));
    await play("authorize", suite, payment, async () => Object.assign(payment, await authorized(suite, terms)));
    const attestation = await attest(suite, payment);
    await play("capture", suite, payment, () =>
      capture(suite, payment, { amount: 100n * UNIT, feeBps: 100, attestation }),
    );
    await play("void", suite, payment, () => escrow.connect(payee).void(payment.packed, 50n * UNIT));
    await at(payment.terms.captureBy);
    await play("reclaim", suite, payment, () => escrow.connect(stranger).reclaim(payment.packed));
    await token.connect(payee).approve(site.escrow, 40n * UNIT);
    await play("refund", suite, payment, () => escrow.connect(payee).refund(payment.packed, 40n * UNIT));
    await play("sweep", suite, payment, () =>
      escrow.connect(stranger).sweep(payment.terms.token, suite.feeReceiver.address),
    );
  });

  it("are right about a request", async () => {
    const suite = await suiteOfThePages();
    const payment = await authorized(suite, terms);
    await play("request", suite, payment, () => request(suite, payment));
  });

  it("are right about a posted Hold", async () => {
    const suite = await suiteOfThePages();
    const payment = await authorized(suite, terms);
    await play("post", suite, payment, () => post(suite, payment, { score: 9_800 }));
  });
});

describe("docs: operations name errors and events", () => {
  const known = {
    Errors: new Map(Object.values(contractErrors).map(({ name, contract }) => [name, contract])),
    Events: new Map(Object.values(contractEvents).map(({ name, contract }) => [name, contract])),
  };

  async function namedUnder(heading: "Errors" | "Events"): Promise<Set<string>> {
    const names = new Set<string>();
    for (const page of await readdir(folder)) {
      const text = await readFile(`${folder}/${page}`, "utf8");
      const section = text.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
      for (const [, name = ""] of section.matchAll(/`([A-Z]\w+)[`(]/g)) names.add(name);
    }
    return names;
  }

  it("that exist, and all of the escrow's errors", async () => {
    const named = await namedUnder("Errors");
    const collections = ["Erc3009"];
    expect([...named].filter((name) => !known.Errors.has(name) && !collections.includes(name))).to.deep.equal([]);
    const own = [...known.Errors].filter(([, contract]) => contract === "IPaymentEscrow").map(([name]) => name);
    expect(own.filter((name) => !named.has(name))).to.deep.equal([]);
  });

  it("that exist, and all of the escrow's events", async () => {
    const named = await namedUnder("Events");
    expect([...named].filter((name) => !known.Events.has(name))).to.deep.equal([]);
    const own = [...known.Events].filter(([, contract]) => contract === "IPaymentEscrow").map(([name]) => name);
    expect(own.filter((name) => !named.has(name))).to.deep.equal([]);
  });
});
