/** What the chain asks for right now, in wei per gas. */
export interface Market {
  readonly baseFee: bigint;
  readonly priorityFee: bigint;
}

/** What may be spent at most. */
export interface Caps {
  /** Wei per gas. */
  readonly feePerGas: bigint;
  /** Wei a transaction. */
  readonly transaction: bigint;
  /** Wei left of today's allowance. */
  readonly day: bigint;
  /** Wei the account holds and has not promised to an earlier transaction. */
  readonly balance: bigint;
}

export type CapName = keyof Caps;
export const CAP_NAMES: readonly CapName[] = ["feePerGas", "transaction", "day", "balance"];

/** Fees a transaction offers, in wei per gas. */
export interface Fees {
  readonly maxFee: bigint;
  readonly priorityFee: bigint;
}

/** Fees to offer, or the cap that forbids every offer that could be mined. */
export type Offer = Fees | { readonly cap: CapName };

/** Share by which a pool asks a replacement to raise both fees, and a little more. */
const RAISE_NUMERATOR = 125n;
const RAISE_DENOMINATOR = 100n;

function raised(fee: bigint): bigint {
  return (fee * RAISE_NUMERATOR) / RAISE_DENOMINATOR + 1n;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** The lowest of the caps as wei per gas, and its name. */
function tightest(caps: Caps, gasLimit: bigint): { cap: CapName; maxFee: bigint } {
  const asFee = (cap: CapName): bigint => (cap === "feePerGas" ? caps.feePerGas : caps[cap] / gasLimit);
  return CAP_NAMES.map((cap) => ({ cap, maxFee: asFee(cap) })).reduce((a, b) => (b.maxFee < a.maxFee ? b : a));
}

/**
 * Fees for a transaction: twice the base fee, so that it stays good for some blocks, lowered to the caps; at least what the
 * next block asks for and, in place of an earlier one, what a pool takes as a replacement.
 *
 * @param replaces Fees of the transaction it takes the place of.
 */
export function offer(market: Market, gasLimit: bigint, caps: Caps, replaces?: Fees): Offer {
  const priorityFee = larger(market.priorityFee, replaces === undefined ? 0n : raised(replaces.priorityFee));
  const lowest = larger(market.baseFee + priorityFee, replaces === undefined ? 0n : raised(replaces.maxFee));
  const wanted = larger(2n * market.baseFee + priorityFee, lowest);
  const { cap, maxFee } = tightest(caps, gasLimit);
  if (maxFee < lowest) return { cap };
  return { maxFee: wanted < maxFee ? wanted : maxFee, priorityFee };
}
