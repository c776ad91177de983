import { z } from "zod";

import { addressText, band, component, hexText, whole, word } from "../fields.ts";
import { attestationRequest, termsSchema } from "../requests.ts";

/** The body as the document shows it; `parseAttestationRequest` names a wrong field of the terms by its own name. */
export const attestationBody = component(
  "AttestationRequest",
  attestationRequest.extend({ terms: termsSchema.optional() }),
);

const fact = z.number().int().min(-128).max(127);

export const reason = component(
  "Reason",
  z.object({
    code: z.string().describe("Stable, such as PAYEE_NEW_PAYERS_7D_HIGH."),
    fact: z.string(),
    value: fact,
    usual: fact.describe("The same fact's median over honest payments."),
    sentence: z.string(),
  }),
);

/** What nodes find about one subject as of one block. */
export const findingFields = {
  id: word,
  epoch: addressText,
  asOf: whole,
  asOfHash: word,
  facts: z.array(fact).length(32),
  packedFacts: word,
  completedFacts: word,
  score: whole.max(10_000),
  band,
  scoreReasons: z.array(reason),
  quorum: whole,
};

/** Who signed it, and who signed other facts. */
export const signedFields = {
  signatures: z.array(z.object({ signer: addressText, signature: hexText })),
  attestation: hexText.describe("What `capture`, `post`, `charge`, `captureMany` and `redeemMany` take."),
  differed: z.array(z.looseObject({ signer: addressText, signature: hexText })),
};

export const lastBlock = whole.describe("Last block in which the contract accepts the attestation.");

export const attestation = component(
  "Attestation",
  z.looseObject({ ...findingFields, ...signedFields, lastBlock: lastBlock.optional() }),
);
