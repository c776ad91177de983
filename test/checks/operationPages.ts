import { expect } from "chai";
import { formatUnits } from "ethers";
import { readFile } from "node:fs/promises";

import { bands } from "../../sdk/src/index.ts";
import { setPolicy } from "../shared/moves.ts";
import { DAY, fixture, networkHelpers, UNIT, type Authorized, type Suite } from "../shared/suite.ts";

export const folder = "docs/operations";
/** What the terms of all pages have in common. */
export const terms = { amount: 250n * UNIT, maxFeeBps: 100 };

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
    reviewed: timer.reviewed ? "yes" : "no",
    band: bands[Number(state.band)] ?? "?",
    score: Number(state.score).toLocaleString("en"),
    protocolFeeBps: String(state.protocolFeeBps),
    silentAt: second(timer.silentAt),
    opensAt: second(timer.opensAt),
    closesAt: second(timer.closesAt),
    ruleBy: second(timer.ruleBy),
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
export async function play(
  page: string,
  suite: Suite,
  payment: Authorized,
  act: () => Promise<unknown>,
): Promise<void> {
  const rows = await documented(page);
  expect(rows.length, `${page}: rows`).to.be.greaterThan(2);
  const before = await valuesOf(suite, payment, await networkHelpers.time.latest());
  await act();
  const after = await valuesOf(suite, payment, await networkHelpers.time.latest());
  for (const row of rows) {
    expect([row.name, before[row.name], after[row.name]], page).to.deep.equal([row.name, row.before, row.after]);
  }
}

/** The policy of the pages is in force. */
export async function suiteOfThePages(): Promise<Suite> {
  const suite = await fixture();
  await setPolicy(suite, { protocolFeeBps: 20, silenceDelay: DAY / 4 });
  return suite;
}
