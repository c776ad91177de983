import { z } from "zod";

import { addressText, component, decimalText, whole, word } from "../fields.ts";

export const models = component(
  "Models",
  z.object({
    items: z.array(
      z.object({
        id: z.string(),
        hash: word.describe("What an epoch names the model by."),
        kind: z.enum(["classifier", "autoencoder"]),
        schemaHash: word,
        epochs: z.array(addressText).describe("Epochs of this gate that run the model."),
      }),
    ),
  }),
);

const policy = z.object({ holdAt: whole, blockAt: whole, refreshLog2: whole, auditShare: whole });

export const epochs = component(
  "Epochs",
  z.object({
    items: z.array(
      z.object({
        address: addressText,
        signers: z.array(addressText),
        tiers: z.array(z.object({ upTo: decimalText, quorum: whole })),
        tokens: z.array(z.object({ token: addressText, shift: whole, tokenClass: whole })),
        modelHash: word,
        installed: z.boolean().describe("Whether this node has the model and can judge."),
        current: z.boolean().describe("Whether payments authorized now are judged by it."),
        revoked: z.boolean(),
        rules: z
          .array(z.object({ fromBlock: whole, policy, disabledSigners: z.array(addressText) }))
          .describe("The policies it was set with, oldest first: each counts from its block on."),
      }),
    ),
  }),
);
