import { orderActions } from "@sluice/sdk";
import { z } from "zod";

import { addressText, component, decimal, hexText, second, whole, word } from "../fields.ts";

const signature = hexText.max(2 + 2 * 65).describe("64 or 65 bytes of a plain key.");

export const orderBody = z.strictObject({
  id: word.describe("The payment."),
  action: z.enum(orderActions),
  amount: decimal,
  feeBps: whole,
  reasonCode: whole.optional(),
  capturable: decimal.describe("What was in escrow when it was signed."),
  refundable: decimal.describe("What was captured and not refunded then."),
  deadline: second,
  signature,
});

export const settlementBody = z.strictObject({
  id: word.describe("The payment."),
  toPayee: decimal,
  toPayer: decimal,
  capturable: decimal.describe("What was in escrow when it was signed."),
  deadline: second,
  payerSignature: signature,
  payeeSignature: signature,
});

export const voucherBody = z.strictObject({
  payer: addressText,
  payee: addressText,
  token: addressText,
  signer: addressText,
  exitDelay: whole,
  salt: decimal,
  cumulative: decimal.describe("All that the voucher names, in the token's smallest unit."),
  signature,
});

export const taken = component(
  "Taken",
  z.object({
    subject: word.describe("The payment's or the channel's id."),
    kept: z.boolean().describe("False where a voucher of at least this amount is there already."),
  }),
);
