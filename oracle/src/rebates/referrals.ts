import { NO_REFERRAL, type CodeChange } from "./events.ts";

/** Who earns by a referral. Lower-case addresses. */
export interface Referrer {
  /** Who holds the code. */
  readonly owner: string;
  /** Whose leaf the commission goes to. */
  readonly payout: string;
  /** The registered code's text; absent where referrals are accounts. */
  readonly code?: string;
}

/** The accounts a referral stands for: whoever holds it, and whoever it pays. */
export function sidesOf({ owner, payout }: Pick<Referrer, "owner" | "payout">): readonly string[] {
  return owner === payout ? [owner] : [owner, payout];
}

/**
 * What is known about referrals, from the chain alone. The engine tells it of every account and every change in the order of
 * the chain, and asks about a payment when it comes to it: whoever takes a code later gets nothing for it.
 */
export interface Referrals {
  see(account: string): void;
  tell(change: CodeChange): void;
  /** Who holds a referral by now, undefined for one nobody holds. Never zeros. */
  payoutOf(referral: string): Referrer | undefined;
  /** Where the codes that an account ever held let their earnings go: by its own choice, so nobody is connected by others. */
  payoutsOf(account: string): ReadonlySet<string>;
}

const REFERRAL_DIGITS = 2 + 24;

const NONE: ReadonlySet<string> = new Set();

/** The referral that names an account where there is no contract of codes: the first twelve bytes of its address. */
export function referralOf(account: string): string {
  return account.slice(0, REFERRAL_DIGITS).toLowerCase();
}

/**
 * Referrals that are the beginning of an address. An account can be named once a payment has shown it, as a party or as the
 * payee of its fee; of two with the same beginning, which nobody can make on purpose, the first counts.
 */
export class AccountReferrals implements Referrals {
  readonly #accounts = new Map<string, string>();

  see(account: string): void {
    const referral = referralOf(account);
    if (referral !== NO_REFERRAL && !this.#accounts.has(referral)) this.#accounts.set(referral, account);
  }

  /** There are no codes to change. */
  tell(): void {}

  payoutOf(referral: string): Referrer | undefined {
    const account = this.#accounts.get(referral);
    return account === undefined ? undefined : { owner: account, payout: account };
  }

  /** Everybody is paid at his own address. */
  payoutsOf(): ReadonlySet<string> {
    return NONE;
  }
}
