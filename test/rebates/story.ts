import { referralCode, referralTag } from "@sluice/sdk";

import { CodeReferrals } from "../../oracle/src/rebates/codeReferrals.ts";
import type { RebateEvent } from "../../oracle/src/rebates/events.ts";
import { RebateEngine, type PeriodResult } from "../../oracle/src/rebates/engine.ts";
import type { Referred } from "../../oracle/src/rebates/payment.ts";
import { AccountReferrals, referralOf } from "../../oracle/src/rebates/referrals.ts";
import { parseTable, type TierTable } from "../../oracle/src/rebates/table.ts";

export const DAY = 86_400;
export const TOKEN = `0x${"70".repeat(20)}`;
export const NOBODY = `0x${"0".repeat(40)}`;

/** An account by a name: its first twelve bytes differ from every other name's. */
export function account(name: string): string {
  return `0x${Buffer.from(name.padEnd(20, "_")).toString("hex")}`;
}

const TABLE = {
  format: "sluice-tier-table",
  version: 1,
  holdSeconds: 14 * DAY,
  windowSeconds: 90 * DAY,
  rebateTo: "payer",
  attribution: "terms",
  graph: { ringHops: 3, returnHops: 3, returnShareBps: 5_000 },
  tokens: {
    [TOKEN]: {
      tiers: [
        { minVolume: "0", maxBadBps: 2_000, minPayers: 0, commissionBps: 1_000, rebateBps: 500 },
        { minVolume: "100000", maxBadBps: 500, minPayers: 3, commissionBps: 3_000, rebateBps: 1_000 },
      ],
    },
  },
} as const;

/** The table of the stories: 10 % and 5 % of the fee; from 100,000 with three payers and 5 % bad on 30 % and 10 %. */
export function table(changes: Readonly<Record<string, unknown>> = {}): TierTable {
  return parseTable({ ...TABLE, ...changes }).table;
}

interface PaidOptions {
  readonly referrer?: string;
  readonly amount?: bigint;
  readonly fee?: bigint;
  readonly day?: number;
  readonly captured?: boolean;
  readonly payee?: string;
  readonly operator?: string;
  readonly arbiter?: string;
}

/** Payments told to an engine day by day: what a test says happens, in the order in which it says it. */
export class Story {
  readonly engine: RebateEngine;
  readonly #referralOf: (name: string) => string;
  #count = 0;

  /** @param referrals Whether referrals are the beginnings of addresses, or codes: each name is then one for `code` to register. */
  constructor(referrals: "accounts" | "codes" = "accounts") {
    this.engine = new RebateEngine(referrals === "codes" ? new CodeReferrals() : new AccountReferrals());
    this.#referralOf = referrals === "codes" ? referralTag : (name) => referralOf(account(name));
    // Whoever refers has been seen on the chain before.
    for (const name of ["affiliate", "friend", "third", "alice", "bob", "carol"]) {
      this.pay(name, { captured: false, payee: "somebody" });
    }
  }

  tell(...events: readonly RebateEvent[]): void {
    for (const event of events) this.engine.tell(event);
  }

  /** The code of a name is registered, or passes to an owner and pays another account. */
  code(name: string, owner: string, payout: string): void {
    const [code, tag] = [referralCode(name), referralTag(name)];
    this.tell({ kind: "code", code, tag, owner: account(owner), payout: account(payout) });
  }

  /** A payment of 10,000 with a fee of 100, captured at once, unless told otherwise; answers its id. */
  pay(payer: string, options: PaidOptions = {}): string {
    const { referrer, amount = 10_000n, fee = amount / 100n, day = 0, captured = true, payee = "merchant" } = options;
    this.#count += 1;
    const id = `0x${this.#count.toString(16).padStart(64, "0")}`;
    const time = day * DAY;
    this.tell({
      kind: "authorized",
      ...{ id, payer: account(payer), payee: account(payee), operator: account(options.operator ?? "operator") },
      ...{ feeReceiver: account(options.operator ?? "operator"), block: this.#count, logIndex: 0, time },
      arbiter: options.arbiter === undefined ? NOBODY : account(options.arbiter),
      referral: referrer === undefined ? `0x${"0".repeat(24)}` : this.#referralOf(referrer),
    });
    if (captured) this.tell({ kind: "captured", id, amount, protocolFee: fee, time });
    return id;
  }

  refund(id: string, amount: bigint, day: number, reasonCode = 0): void {
    this.tell({ kind: "refunded", id, amount, reasonCode, time: day * DAY });
  }

  close(day: number, funded = 10n ** 30n, used: TierTable = table()): PeriodResult {
    return this.engine.close({ time: day * DAY, table: used, tiers: used.tokens[TOKEN]?.tiers ?? [], funded });
  }
}

/** An account's leaf, zero where it has none. */
export function leaf({ leaves }: PeriodResult, name: string): bigint {
  return leaves.find((one) => one.account === account(name))?.cumulative ?? 0n;
}

export function payment({ payments }: PeriodResult, id: string): Referred {
  const found = payments.find(({ terms }) => terms.id === id);
  if (found === undefined) throw new RangeError(`no payment ${id} names a referral`);
  return found;
}
