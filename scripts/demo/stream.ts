import { performance } from "node:perf_hooks";

import { mulberry32 } from "../../oracle/src/train/random.ts";
import type { LabelledAccount } from "../../oracle/src/train/payments.ts";
import { demoWallet, payeeAddress } from "./identity.ts";
import type { BandName, Cashier, Payment } from "./cashier.ts";
import type { DemoClock } from "./clock.ts";

const DAY = 86_400;
const spreadSeconds = 60 * DAY;

/** A labelled payment on the demo's timeline; `time` in seconds since the Unix epoch. */
export type Scheduled = {
  account: string;
  illicit: boolean;
  /** 1 for the account's first payment. */
  number: number;
  payer: string;
  amount: bigint;
  time: number;
};

/** What became of a payment: its band and the milliseconds from its authorization to its settlement. */
export type Settled = Scheduled & { band: BandName; score: number; latencyMs: number };

/**
 * Lays the accounts' payments on one timeline: order and gaps within an account as they were, each account started at an
 * offset drawn from the seed.
 */
export function schedule(accounts: readonly LabelledAccount[], seed: number, startSeconds: number): Scheduled[] {
  const random = mulberry32(seed ^ 0x5eed);
  const payments = accounts.flatMap((account) => {
    const start = startSeconds + Math.floor(random() * spreadSeconds);
    return account.payments.map((payment, position) => ({
      account: account.account,
      illicit: account.illicit,
      number: position + 1,
      payer: `${account.account} ${payment.counterparty}`,
      amount: payment.amountWei,
      time: start + payment.tRelSeconds,
    }));
  });
  return payments.sort((a, b) => a.time - b.time);
}

/** Tokens each payer of a schedule needs, by address. */
export function needs(payments: readonly Scheduled[]): Map<string, bigint> {
  const amounts = new Map<string, bigint>();
  for (const { payer, amount } of payments) {
    const { address } = demoWallet("payer", payer);
    amounts.set(address, (amounts.get(address) ?? 0n) + amount);
  }
  return amounts;
}

/**
 * Sends a schedule through the escrow: authorize, attest, then capture what is allowed; what is not is posted by the nodes
 * themselves. Holds are captured by the operator as they mature, blocked payments go back to their payers at once.
 */
export async function runStream(
  payments: readonly Scheduled[],
  urls: readonly string[],
  cashier: Cashier,
  clock: DemoClock,
  progress: (done: number) => void,
): Promise<Settled[]> {
  const settled: Settled[] = [];
  const holds = new Holds(cashier, clock);
  for (const [index, scheduled] of payments.entries()) {
    await holds.captureMatured(scheduled.time);
    const url = urls[index % urls.length] ?? "";
    settled.push(await settle(scheduled, url, cashier, clock, holds));
    progress(settled.length);
  }
  await holds.captureMatured(Number.MAX_SAFE_INTEGER);
  return settled;
}

async function settle(
  scheduled: Scheduled,
  url: string,
  cashier: Cashier,
  clock: DemoClock,
  holds: Holds,
): Promise<Settled> {
  const payer = demoWallet("payer", scheduled.payer);
  const time = Math.max(scheduled.time, clock.now);
  const terms = cashier.termsFor(payer.address, payeeAddress(scheduled.account), scheduled.amount, time);
  const started = performance.now();
  const payment = await cashier.authorize(payer, terms, time);
  const answer = await cashier.attest(url, terms);
  if (answer === undefined) throw new Error(`no quorum for ${payment.id}, though every node runs`);
  let band = answer.band;
  if (band === "Allow") await cashier.capture(payment, answer.attestation);
  else band = await cashier.postedBand(payment);
  const latencyMs = performance.now() - started;
  if (band !== answer.band) throw new Error(`${payment.id} was judged ${answer.band}, posted is ${band}`);
  if (band === "Hold") await holds.add(payment);
  if (band === "Block") await cashier.reclaim(payment);
  return { ...scheduled, band, score: answer.score, latencyMs };
}

/** Held payments in the order in which they mature. */
class Holds {
  readonly #cashier: Cashier;
  readonly #clock: DemoClock;
  #waiting: { payment: Payment; opensAt: number }[] = [];

  constructor(cashier: Cashier, clock: DemoClock) {
    this.#cashier = cashier;
    this.#clock = clock;
  }

  async add(payment: Payment): Promise<void> {
    const { opensAt } = await this.#cashier.escrow.timer(payment.id);
    this.#waiting.push({ payment, opensAt: Number(opensAt) });
    this.#waiting.sort((a, b) => a.opensAt - b.opensAt);
  }

  async captureMatured(before: number): Promise<void> {
    for (let next = this.#waiting[0]; next !== undefined && next.opensAt <= before; next = this.#waiting[0]) {
      this.#waiting.shift();
      await this.#clock.mine(next.opensAt);
      await this.#cashier.capture(next.payment);
    }
  }
}
