import { z } from "zod";

import { addressText, component, decimalText, hexText, second, whole } from "../fields.ts";

const LONGEST_SIGNATURE = 8_192;

const tier = z.object({
  stake: decimalText.describe("From so much stake on, in the smallest unit."),
  factor: z.number().int().min(1),
});

export const keyView = component(
  "ApiKey",
  z.object({
    id: z.string().describe("The key's public part: what an account signs for."),
    name: z.string(),
    scopes: z.array(z.string()),
    node: z.string().describe("URL by which the node goes: what an account signs for, too."),
    chainId: whole,
    account: addressText.nullable().describe("Whose stake raises the limit; null where nobody has signed."),
    stake: decimalText.describe("The account's stake and bond as this node has read them, in the smallest unit."),
    factor: z.number().int().min(1).describe("What the stake multiplies the limit by."),
    requestsPerSecond: whole.describe("The key's limit now; 0 for none."),
    tiers: z.array(tier).describe("What more stake would bring, ascending."),
  }),
);

export const tieBody = z.strictObject({
  account: addressText,
  deadline: second,
  signature: hexText.max(LONGEST_SIGNATURE).describe("EIP-712: ApiKeyAccount(node, key, account, deadline)."),
});
