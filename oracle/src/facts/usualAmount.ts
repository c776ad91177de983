import type { FactContext } from "./context.ts";
import { lg16 } from "./units.ts";
import type { TileView } from "./views.ts";

/** How many of a payer's newest payments say what he usually pays; their sum stays below 2^53 up to 2^45 micro-units each. */
const HABIT = 250;

/** An amount is high above this many halves of a payer's usual one. */
export const HIGH_HALVES = 5;

/** Amounts of the newest payments of a view, ascending. */
export function ascendingAmounts(view: TileView, most: number): Float64Array {
  return Float64Array.from(view.recent(most), (entry) => entry.micro).sort();
}

/** Lower median of an ascending list; 0 for an empty one. */
export function medianOf(ascending: Float64Array): number {
  return ascending[(ascending.length - 1) >>> 1] ?? 0;
}

/**
 * What an account usually pays: the mean of its newest 250 payments, those above two and a half times their median left out. A
 * few high amounts do not move it. 0 for an account that never paid.
 */
export function usualAmount(view: TileView): number {
  const amounts = ascendingAmounts(view, HABIT);
  const most = HIGH_HALVES * medianOf(amounts);
  let [sum, count] = [0n, 0];
  for (const amount of amounts) {
    if (2 * amount > most) break;
    sum += BigInt(amount);
    count += 1;
  }
  return count === 0 ? 0 : Number(sum / BigInt(count));
}

/** The same for the judged payment's payer, computed once. */
export function payersUsual(context: FactContext): number {
  return context.once("payer/usual", () => usualAmount(context.views.payer));
}

/** lg16 of an amount, 0 for nothing. */
export function fineLevel(micro: number): number {
  return micro === 0 ? 0 : lg16(micro);
}

/** Largest x with x * x <= n, for a natural number n. */
function integerRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let root = BigInt(Math.floor(Math.sqrt(Number(n))));
  while (root * root > n) root -= 1n;
  while ((root + 1n) * (root + 1n) <= n) root += 1n;
  return root;
}

/**
 * How far an amount lies above the mean of some, in sixteenths of their standard deviation, rounded towards zero; exact, whatever
 * the sizes.
 */
export function standardScore16(amount: number, amounts: Float64Array): number {
  const count = BigInt(amounts.length);
  let [sum, squares] = [0n, 0n];
  for (const each of amounts) {
    sum += BigInt(each);
    squares += BigInt(each) * BigInt(each);
  }
  const deviation = integerRoot(count * squares - sum * sum);
  const distance = count * BigInt(amount) - sum;
  if (deviation === 0n) return distance === 0n ? 0 : distance > 0n ? 127 : -128;
  return Number((distance * 16n) / deviation);
}
