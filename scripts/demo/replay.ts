import type { Terms } from "@sluice/sdk";

import type { LabelledAccount } from "../../oracle/src/train/payments.ts";
import type { Cashier, Payment } from "./cashier.ts";
import type { DemoClock } from "./clock.ts";
import { demoWallet } from "./identity.ts";
import { needs, schedule } from "./stream.ts";

const HOUR = 3_600;

/**
 * Authorizes an account's payments once more, in order and with their gaps, to a payee nobody knows.
 * @param last Changes to the terms of the last payment.
 */
export async function replay(
  account: LabelledAccount,
  payeeName: string,
  cashier: Cashier,
  clock: DemoClock,
  last: Partial<Terms> = {},
): Promise<Payment[]> {
  const payments = schedule([account], 0, clock.now + HOUR);
  await cashier.fund(needs(payments));
  const payee = demoWallet("payee", payeeName).address;
  const made: Payment[] = [];
  for (const { payer, amount, time } of payments) {
    const wallet = demoWallet("payer", payer);
    const changes = made.length === payments.length - 1 ? last : {};
    const terms = cashier.termsFor(wallet.address, payee, amount, Math.max(time, clock.now), changes);
    made.push(await cashier.authorize(wallet, terms, time));
  }
  return made;
}

/** Gives every payer his money back, at the second from which that is his right. */
export async function giveBack(payments: readonly Payment[], cashier: Cashier, clock: DemoClock): Promise<void> {
  for (const payment of payments) {
    const { closesAt } = await cashier.escrow.timer(payment.id);
    await clock.mine(closesAt === 0n ? payment.terms.captureBy : Number(closesAt));
    await cashier.reclaim(payment);
  }
}
