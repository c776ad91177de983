import { z } from "zod";

import { addressText, band, component, decimalText, pageOf, pageQuery, second, whole, word } from "../fields.ts";
import { termsSchema } from "../requests.ts";

export const idParams = z.strictObject({ id: word.describe("Payment id.") });

/** What happened to a payment on chain: the event's own arguments stand beside these. */
export const chainEvent = component(
  "ChainEvent",
  z.looseObject({
    kind: z.string().describe("Such as captured, refunded, posted, decided, disputed or ruled."),
    block: whole,
    logIndex: whole,
    transactionHash: z.string(),
  }),
);

export const ruleReason = component(
  "RuleReason",
  z.object({
    code: z.enum(["STRUCTURING", "RAPID_MOVEMENT"]),
    side: z.enum(["payer", "payee"]).describe("Whose conduct it is."),
    account: addressText,
    payments: z.array(word).describe("Ids of the payments it rests on."),
    sentence: z.string(),
  }),
);
export const ruleReasons = z
  .array(ruleReason)
  .nullable()
  .describe("Why a person should look, as of the newest block. No band follows from it; null where no epoch judges.");

export const payment = component(
  "Payment",
  z.object({
    id: word,
    terms: component("Terms", termsSchema),
    authorizedBlock: whole,
    authorizedAt: second,
    capturable: decimalText.describe("What is still in escrow, in the token's smallest unit."),
    ruleReasons,
    events: z.array(chainEvent),
  }),
);

export const paymentSummary = component(
  "PaymentSummary",
  z.object({
    id: word,
    payer: addressText,
    payee: addressText,
    token: addressText,
    amount: decimalText,
    authorizedBlock: whole,
    authorizedAt: second,
    band: band.nullable().describe("What this node found last; null where it has not looked yet."),
  }),
);
export const paymentPage = pageOf("PaymentPage", paymentSummary);
export const paymentQuery = pageQuery.extend({
  payer: addressText.optional(),
  payee: addressText.optional(),
  band: band.optional(),
});

const decisionFields = { epoch: addressText, asOf: whole, asOfHash: word, packedFacts: word, score: whole, band };

export const decisions = component(
  "Decisions",
  z.object({
    id: word,
    own: z.array(z.object(decisionFields)).describe("What this node found, whether or not anybody asked."),
    onChain: z.array(chainEvent).describe("What the gate decided."),
  }),
);
export const decisionPage = pageOf("DecisionPage", component("Decision", z.object({ id: word, ...decisionFields })));

const side = (what: string) =>
  z.object({
    payments: whole.describe(`Payments the account ${what}.`),
    totals: z
      .array(z.object({ token: addressText, amount: decimalText }))
      .describe("Sums by token over the payments counted in `summed`."),
    bands: z.object({ allow: whole, hold: whole, block: whole, open: whole }),
    summed: whole.describe("Newest payments that totals and bands are over; fewer than `payments` for a busy account."),
  });

export const account = component(
  "Account",
  z.object({
    address: addressText,
    paid: side("authorized as payer"),
    received: side("is the payee of"),
    last: z.array(paymentSummary).describe("The newest payments of either side."),
  }),
);
export const accountParams = z.strictObject({ address: addressText });
