import { codeText } from "@sluice/sdk";
import { z } from "zod";

import type { EventRow } from "../store/schema.ts";
import type { CodeChange } from "./events.ts";
import type { Referrals, Referrer } from "./referrals.ts";

/** Kinds of stored events of the contract of referral codes. */
export const CODE_KINDS = [
  "referralCodes.codeRegistered",
  "referralCodes.payoutSet",
  "referralCodes.codeTransferred",
] as const;

const address = z.string().regex(/^0x[0-9a-f]{40}$/);
const bodySchema = z.object({
  code: z.string().regex(/^0x[0-9a-f]{64}$/),
  tag: z
    .string()
    .regex(/^0x[0-9a-f]{24}$/)
    .optional(),
  owner: address.optional(),
  payout: address,
});

/** A stored event of CODE_KINDS as the engine takes it. */
export function codeChangeOf(row: Pick<EventRow, "body">): CodeChange {
  const { code, payout, tag, owner } = bodySchema.parse(JSON.parse(row.body));
  const more = { ...(tag === undefined ? {} : { tag }), ...(owner === undefined ? {} : { owner }) };
  return { kind: "code", code, payout, ...more };
}

const NONE: ReadonlySet<string> = new Set();

/** Referrals that are the tags of registered codes. */
export class CodeReferrals implements Referrals {
  readonly #holders = new Map<string, Referrer>();
  readonly #codes = new Map<string, string>();
  readonly #payouts = new Map<string, Set<string>>();

  /** Parties of payments hold no code by that. */
  see(): void {}

  tell({ code, tag, owner, payout }: CodeChange): void {
    const before = this.#holders.get(code);
    const holder = { owner: owner ?? before?.owner ?? payout, payout, code: codeText(code) };
    this.#holders.set(code, holder);
    if (tag !== undefined) this.#codes.set(tag, code);
    const payouts = this.#payouts.get(holder.owner) ?? new Set();
    this.#payouts.set(holder.owner, payouts.add(payout));
  }

  payoutOf(referral: string): Referrer | undefined {
    const code = this.#codes.get(referral);
    return code === undefined ? undefined : this.#holders.get(code);
  }

  payoutsOf(account: string): ReadonlySet<string> {
    return this.#payouts.get(account) ?? NONE;
  }
}
