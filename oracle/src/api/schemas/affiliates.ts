import { z } from "zod";

import { REASONS, type Reason } from "../../rebates/payment.ts";
import { addressText, component, decimalText, whole, word } from "../fields.ts";

const REASON_CODES = Object.keys(REASONS) as [Reason, ...Reason[]]; // keys() widens to string

const code = z.object({
  code: z.string().describe("A registered code that paid the account when the payments were authorized."),
  referred: whole.describe("Payments that name it."),
  earning: whole.describe("Of these, those that earn."),
  commission: decimalText.describe("Net of claw-backs, since the first period."),
});

const report = z.object({
  tier: z.number().int().min(-1).describe("Number of the tier, from 0; -1 for none."),
  volume: decimalText.describe("Captured in the window less refunded, ruled back and confirmed as fraud."),
  badBps: whole.describe("Share of the captured that was refunded, ruled back or fraud, in basis points."),
  payers: whole.describe("Different payers in the window."),
  referred: whole.describe("Payments that name the account as their referrer."),
  earning: whole.describe("Of these, those that earn."),
  reasons: z.partialRecord(z.enum(REASON_CODES), whole).describe("Why the others do not, and how many."),
  commission: decimalText.describe("Net of claw-backs, since the first period."),
  rebate: decimalText.describe("The same for rebates the account gets."),
  codes: z.array(code).describe("By which codes the commission came, ascending; empty where referrals are addresses."),
});

const period = z.object({
  period: whole,
  root: word,
  state: z
    .enum(["built", "waiting", "challenged", "inForce"])
    .describe("Built here only, waiting in the pool, stopped by a challenge, or in force."),
  asOf: whole.describe("Last block of the period."),
  cumulative: decimalText.describe("The leaf: all that the account may ever claim by this root."),
  claimable: decimalText.describe("What a claim would pay now; 0 unless the root is in force."),
  proof: z.array(word).describe("Path for `claim`; empty for an account without a leaf."),
  report,
});

export const affiliate = component(
  "Affiliate",
  z.object({
    account: addressText,
    tokens: z.array(
      z.object({
        token: addressText,
        pool: addressText,
        claimed: decimalText,
        periods: z.array(period).describe("Newest first: at most the last two that were built on this node."),
      }),
    ),
  }),
);

export const affiliateParams = z.strictObject({ account: addressText });
export const csvText = z.string();
