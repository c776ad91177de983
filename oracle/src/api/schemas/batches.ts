import { collections } from "@sluice/sdk";
import { z } from "zod";

import { MOST_IN_BATCH } from "../../attest/peers.ts";
import { addressText, component, decimal, decimalText, whole, word } from "../fields.ts";
import { termsSchema } from "../requests.ts";
import { attestation, findingFields, lastBlock, signedFields } from "./attestations.ts";

const BELOW_2_64 = 2n ** 64n;
const BELOW_2_96 = 2n ** 96n;
const BELOW_2_256 = 2n ** 256n;

const site = { chainId: z.number().int().optional(), escrow: addressText.optional() };
/** The block and epoch a coordinator names; a client names none. */
const named = { asOf: whole.optional(), asOfHash: word.optional(), epoch: addressText.optional() };

export const chargeRequest = z.strictObject({
  for: z.literal("charge"),
  id: word.optional(),
  terms: z.unknown(),
  collection: z.enum(collections).describe("Which way the money comes, as for `charge`."),
  payerSignature: z
    .string()
    .regex(/^0x([0-9a-fA-F]{2}){0,4096}$/, "must be 0x hex of at most 4,096 bytes")
    .describe("As `charge` takes it."),
  ...site,
});

export const chargePeerRequest = chargeRequest.extend(named);

const item = z.strictObject({
  id: word,
  amount: decimal.optional().describe("What is to be captured, with fees: the answer says whether so much is left."),
});
const items = <Item extends z.ZodType>(schema: Item) => z.array(schema).min(1).max(MOST_IN_BATCH);

export const captureRequest = z.strictObject({
  for: z.literal("captures").optional(),
  items: items(item),
  ...site,
});

export const capturePeerRequest = captureRequest.extend({
  epoch: addressText.optional(),
  items: items(item.extend({ asOf: whole.optional(), asOfHash: word.optional() })),
});

const row = z.strictObject({
  payer: addressText,
  payee: addressText,
  token: addressText,
  signer: addressText,
  exitDelay: whole.max(0xffff_ffff),
  salt: decimal.refine((value) => value < BELOW_2_256, "must be below 2^256"),
  cumulative: decimal.refine((value) => value < BELOW_2_96, "must be below 2^96"),
});

export const channelRequest = z.strictObject({
  for: z.literal("channels"),
  rows: items(row).describe("Channel terms and what each is to have paid in all, in the order of the batch."),
  ...site,
});

export const channelPeerRequest = channelRequest.extend(named);

const payRow = z.strictObject({
  payee: addressText,
  amount: decimal.refine((value) => value < BELOW_2_96, "must be below 2^96"),
});

export const payManyRequest = z.strictObject({
  for: z.literal("payMany"),
  account: addressText,
  token: addressText,
  sequence: decimal.refine((value) => value < BELOW_2_64, "must be below 2^64"),
  deadline: whole.max(2 ** 40 - 1).describe("Seconds since the Unix epoch."),
  rows: items(payRow).describe("What each payee gets, in the order of the list."),
  ...site,
});

export const payManyPeerRequest = payManyRequest.extend(named);

export const chargeBody = component("ChargeRequest", chargeRequest.extend({ terms: termsSchema }));
export const batchBody = z.union([
  component("CaptureBatchRequest", captureRequest),
  component("ChannelBatchRequest", channelRequest),
  component("PayManyRequest", payManyRequest),
]);

const captureItem = z.looseObject({
  ...findingFields,
  capturable: decimalText.describe("What is still in escrow of the payment."),
  fits: z.boolean().describe("Whether the amount asked about is left."),
});

export const batchAttestation = z.union([
  component(
    "CaptureBatchAttestation",
    z.looseObject({ epoch: addressText, items: z.array(captureItem), quorum: whole, ...signedFields }),
  ),
  component("ChannelBatchAttestation", z.looseObject({ ...attestation.shape, amount: decimalText, lastBlock })),
]);
