import { z } from "zod";

import { addressText, band, component, decimalText, hexText, pageOf, pageQuery, second, whole } from "../fields.ts";
import { reason } from "./attestations.ts";
import { chainEvent, paymentSummary, ruleReasons } from "./payments.ts";

const LONGEST_NOTE = 2_000;

const summary = paymentSummary.extend({
  capturable: decimalText,
  score: whole
    .nullable()
    .describe("What this node found; null where it cannot judge now, for the reason in `reasonsError`."),
  reasons: z.array(reason),
  reasonsError: z.string().nullable(),
  ruleReasons,
  postedBand: band.nullable().describe("Band on chain: as posted, or as a reviewer left it."),
  reviewed: z.boolean(),
  disputed: z.boolean(),
  opensAt: second.nullable().describe("From this second on the payee may capture."),
  closesAt: second.nullable().describe("From this second on the payer may reclaim."),
  secondsLeft: whole.nullable().describe("Until `closesAt`, by the newest block."),
});
export const reviewItem = component("Review", summary);
export const reviewPage = pageOf("ReviewPage", reviewItem);

export const note = component(
  "Note",
  z.object({
    id: z.string(),
    author: z.string(),
    text: z.string(),
    at: whole.describe("Milliseconds since the Unix epoch."),
  }),
);
export const noteBody = component("NoteRequest", z.strictObject({ text: z.string().min(1).max(LONGEST_NOTE) }));

const orderFields = {
  id: z.string(),
  fromBand: band,
  toBand: band,
  reasonCode: whole,
  deadline: second,
  reviewer: addressText,
  signature: hexText,
  author: z.string(),
};
export const reviewOrder = component(
  "ReviewOrder",
  z.object({ ...orderFields, call: z.object({ to: addressText, data: hexText }).describe("What anybody may send.") }),
);
export const orderBody = component(
  "ReviewOrderRequest",
  z.strictObject({
    reasonCode: whole.max(65_535).default(0).describe("Goes to the event."),
    deadline: second.optional().describe("It counts before this second; a day from now where absent."),
  }),
);
export const reviewCase = component(
  "ReviewCase",
  summary.extend({
    events: z.array(chainEvent),
    notes: z.array(note),
    orders: z.array(z.object(orderFields)),
  }),
);

export const reviewQuery = pageQuery.extend({ limit: z.number().int().min(1).max(50).default(20) });
export const auditPage = pageOf(
  "AuditPage",
  component(
    "AuditEntry",
    z.object({
      seq: whole,
      at: whole.describe("Milliseconds since the Unix epoch."),
      actor: z.string(),
      action: z.string(),
      subject: z.string(),
      body: z.string().describe("JSON text."),
      previous: z.string(),
      hash: z.string().describe("SHA-256 of the JSON list of seq, at, actor, action, subject, body and previous."),
    }),
  ),
);
