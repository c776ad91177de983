import { accrue } from "./accrual.ts";
import { NO_REFERRAL, type AuthorizedPayment, type ListedEntries, type ListName, type RebateEvent } from "./events.ts";
import { NO_PROMISE, nextPromise, type Promised } from "./leaves.ts";
import { MoneyGraph } from "./moneyGraph.ts";
import { referred, type Referred } from "./payment.ts";
import { ReferralGraph } from "./referralGraph.ts";
import { sidesOf, type Referrals } from "./referrals.ts";
import { reportsOf, type AffiliateReport } from "./report.ts";
import type { Tier, TierTable } from "./table.ts";
import { Verdicts } from "./verdict.ts";

/** The end of a period: everything up to its block has been told, nothing after it. */
export interface PeriodEnd {
  /** Of the period's block, in seconds. */
  readonly time: number;
  readonly table: TierTable;
  readonly tiers: readonly Tier[];
  /** What ever came into the pool less what was withdrawn, as of the block. */
  readonly funded: bigint;
}

/** What a period comes to. */
export interface PeriodResult extends Promised {
  /** Ascending by account: every referrer and everybody who was promised something. */
  readonly affiliates: readonly AffiliateReport[];
  /** Every payment that names a referral, in the order of the chain, with what it earned or why nothing. */
  readonly payments: readonly Referred[];
}

/**
 * Commissions and rebates of one token from its events, period by period. Integers only and no clock: the same events and tables
 * give the same leaves on any node. Events come in the order of the chain; a period may be closed between any two.
 */
export class RebateEngine {
  readonly #referrals: Referrals;
  readonly #numbers = new Map<string, number>();
  readonly #money = new MoneyGraph();
  readonly #ring = new ReferralGraph();
  /** Of every payment: who paid whom. */
  readonly #sides = new Map<string, readonly [payer: number, payee: number]>();
  readonly #referred = new Map<string, Referred>();
  readonly #lists: Readonly<Record<ListName, Set<string>>> = {
    sanctioned: new Set(),
    reported: new Set(),
    fraud: new Set(),
  };
  #promised: Promised = NO_PROMISE;

  constructor(referrals: Referrals) {
    this.#referrals = referrals;
  }

  /** Payments told of so far. */
  get payments(): number {
    return this.#sides.size;
  }

  tell(event: RebateEvent): void {
    if (event.kind === "authorized") return this.#authorized(event);
    if (event.kind === "listed") return this.#list(event);
    if (event.kind === "code") return this.#referrals.tell(event);
    const payment = this.#referred.get(event.id);
    if (event.kind === "captured") {
      const sides = this.#sides.get(event.id);
      if (sides === undefined) return; // of another token
      this.#money.add({ from: sides[0], to: sides[1], amount: event.amount, time: event.time });
      payment?.captures.push(event);
      return;
    }
    if (payment === undefined) return;
    if (event.kind === "refunded") {
      payment.refunds.push({ amount: event.amount, time: event.time });
      payment.refundedAsFraud ||= event.reasonCode === FRAUD_REASON;
    } else if (event.by === payment.terms.arbiter) {
      payment.rulings.push({ amount: event.toPayer, time: event.time });
    }
  }

  /** What the period comes to. Later periods build on it. */
  close(end: PeriodEnd): PeriodResult {
    this.#money.forgetUntil(end.time - end.table.windowSeconds);
    const payments = [...this.#referred.values()];
    const { sanctioned, reported, fraud } = this.#lists;
    const known = {
      ...{ referrals: this.#referrals, money: this.#money, ring: this.#ring },
      numberOf: (account: string) => this.#numberOf(account),
      isListed: (account: string) => sanctioned.has(account) || reported.has(account),
      isFraud: (id: string) => fraud.has(id),
    };
    const accrued = accrue(payments, end, new Verdicts(known, end.table.graph));
    this.#promised = nextPromise(this.#promised, accrued.earned, end.funded);
    return { ...this.#promised, affiliates: reportsOf(payments, accrued, this.#promised.leaves), payments };
  }

  #numberOf(account: string): number {
    const known = this.#numbers.get(account);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(account, number);
    return number;
  }

  #authorized(payment: AuthorizedPayment): void {
    const { id, payer, payee, operator, feeReceiver, referral } = payment;
    for (const account of [payer, payee, operator, feeReceiver]) this.#referrals.see(account);
    this.#sides.set(id, [this.#numberOf(payer), this.#numberOf(payee)]);
    if (referral === NO_REFERRAL) return;
    const referrer = this.#referrals.payoutOf(referral);
    this.#referred.set(id, referred(payment, referrer));
    if (referrer === undefined) return;
    for (const account of sidesOf(referrer)) this.#ring.add(this.#numberOf(account), this.#numberOf(payer));
  }

  #list({ list, removal, entries }: ListedEntries): void {
    for (const entry of entries) {
      if (removal) this.#lists[list].delete(entry);
      else this.#lists[list].add(entry);
    }
  }
}

/** The payee's own word, with a refund, that a payment was fraud. */
const FRAUD_REASON = 1;
