import type { MoneyGraph } from "./moneyGraph.ts";
import { type Exclusion, type Net, type Reason, type Referred } from "./payment.ts";
import type { ReferralGraph } from "./referralGraph.ts";
import { sidesOf, type Referrals } from "./referrals.ts";
import type { TierTable } from "./table.ts";

/** What verdicts are found from, as of the end of a period. */
export interface Known {
  readonly referrals: Referrals;
  readonly money: MoneyGraph;
  readonly ring: ReferralGraph;
  readonly numberOf: (account: string) => number;
  readonly isListed: (account: string) => boolean;
  readonly isFraud: (payment: string) => boolean;
}

const NOBODY = `0x${"0".repeat(40)}`;

function isParty({ terms }: Referred, owner: string, payout: string): boolean {
  const { payee, operator, feeReceiver, arbiter } = terms;
  return [payee, operator, feeReceiver, arbiter].some(
    (party) => party !== NOBODY && (party === owner || party === payout),
  );
}

/** Verdicts of one period. What is asked of the graphs is asked once for the same accounts. */
export class Verdicts {
  readonly #known: Known;
  readonly #graph: TierTable["graph"];
  readonly #returns = new Map<string, boolean>();
  readonly #rings = new Map<string, boolean>();

  constructor(known: Known, graph: TierTable["graph"]) {
    this.#known = known;
    this.#graph = graph;
  }

  /** Why a payment earns nothing whatever its state, undefined where it may earn. */
  exclusionOf(payment: Referred): Exclusion | undefined {
    const { owner, payout, terms } = payment;
    if (owner === undefined || payout === undefined) return "REFERRAL_UNKNOWN";
    const { isFraud, isListed } = this.#known;
    if (payment.refundedAsFraud || isFraud(terms.id)) return "FRAUD";
    if ([terms.payer, terms.payee, owner, payout].some(isListed)) return "LISTED";
    if (terms.payer === owner || terms.payer === payout) return "SELF_REFERRAL";
    if (isParty(payment, owner, payout)) return "PARTY_REFERRAL";
    const his = new Set([...sidesOf({ owner, payout }), ...this.#known.referrals.payoutsOf(owner)]);
    if (this.#samePayout(terms, his)) return "SAME_PAYOUT";
    if ([...his].some((side) => this.#isRing(side, terms.payer))) return "REFERRAL_RING";
    payment.circular ||= this.#returned(terms.payer, terms.payee);
    return payment.circular ? "CIRCULAR" : undefined;
  }

  /** Whether payer or payee have their own earnings sent where the referrer's go, or to the referrer, or he to them. */
  #samePayout({ payer, payee }: Referred["terms"], his: ReadonlySet<string>): boolean {
    const { referrals } = this.#known;
    return [payer, payee].some((side) => his.has(side) || [...referrals.payoutsOf(side)].some((to) => his.has(to)));
  }

  #isRing(side: string, payer: string): boolean {
    const { numberOf, ring } = this.#known;
    const [referrer, referred] = [numberOf(side), numberOf(payer)];
    const find = (): boolean => ring.isRing(referrer, referred, this.#graph.ringHops);
    return once(this.#rings, `${referrer},${referred}`, find);
  }

  /** Whether the money comes back to the payer, or to accounts that he has his own codes pay. */
  #returned(payer: string, payee: string): boolean {
    const { money, numberOf, referrals } = this.#known;
    const { returnHops: hops, returnShareBps: shareBps } = this.#graph;
    const [from, to] = [numberOf(payer), numberOf(payee)];
    return once(this.#returns, `${from},${to}`, () => {
      const own = [...referrals.payoutsOf(payer)].map(numberOf);
      return money.returns(from, to, { hops, shareBps, own });
    });
  }
}

function once(memory: Map<string, boolean>, key: string, find: () => boolean): boolean {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const found = find();
  memory.set(key, found);
  return found;
}

/** Why a payment that is not left out has nothing to share, by its state alone. */
export function stateReason(payment: Referred, net: Net): Reason | undefined {
  if (payment.captures.length === 0) return "NOT_CAPTURED";
  if (net.protocolFee === 0n) return "NO_FEE";
  if (net.fee > 0n) return undefined;
  return net.matured < net.captured ? "IMMATURE" : "REFUNDED";
}
