import { expect } from "chai";
import type { BaseContract, ContractTransactionResponse } from "ethers";

import type { Authorized, Suite } from "./suite.ts";
import { ethers } from "./suite.ts";

/** Stored state of a payment, as plain values. */
export async function stateOf(suite: Suite, id: string) {
  const { capturable, refundable, score, band, requested, protocolFeeBps } = await suite.escrow.payment(id);
  return { capturable, refundable, score, band, requested, protocolFeeBps };
}

/** Stored seconds of a payment. */
export async function timerOf(suite: Suite, id: string) {
  const { silentAt, opensAt, closesAt } = await suite.escrow.timer(id);
  return { silentAt, opensAt, closesAt };
}

const HOLDERS = ["payer", "payee", "operator", "feeReceiver", "treasury", "stranger"] as const;

export type Holdings = Record<(typeof HOLDERS)[number] | "escrow", bigint>;

/** Who holds how much of a token, the escrow included. */
export async function holdings(suite: Suite, token?: string): Promise<Holdings> {
  const contract = await ethers.getContractAt("TestToken", token ?? (await suite.token.getAddress()));
  const entries = HOLDERS.map(async (name) => [name, await contract.balanceOf(suite[name].address)] as const);
  const escrow = ["escrow", await contract.balanceOf(suite.site.escrow)] as const;
  return Object.fromEntries([...(await Promise.all(entries)), escrow]) as Holdings; // one entry for each holder
}

/** Ledger entry of an account in the suite's token. */
export async function ledgerOf(suite: Suite, account: string, token?: string): Promise<[bigint, bigint]> {
  const [credit, protocolCredit] = await suite.escrow.ledger(token ?? (await suite.token.getAddress()), account);
  return [credit, protocolCredit];
}

/** Everything a refused call must leave as it was. */
async function snapshot(suite: Suite, payment: Authorized) {
  const token = payment.terms.token;
  const ledger = [
    await ledgerOf(suite, payment.terms.payee, token),
    await ledgerOf(suite, payment.terms.feeReceiver, token),
  ];
  return {
    state: await stateOf(suite, payment.id),
    timer: await timerOf(suite, payment.id),
    holdings: await holdings(suite, token),
    ledger,
  };
}

/** The call reverts with the error and its arguments, and payment, ledger and every balance stay as they were. */
export async function expectRefused(
  suite: Suite,
  payment: Authorized,
  act: () => Promise<ContractTransactionResponse>,
  contract: BaseContract,
  error: string,
  args: readonly unknown[] = [],
): Promise<void> {
  const before = await snapshot(suite, payment);
  await expect(act())
    .to.be.revertedWithCustomError(contract, error)
    .withArgs(...args);
  expect(await snapshot(suite, payment)).to.deep.equal(before);
}
