import { z } from "zod";

import { addressText, component, whole, word } from "../fields.ts";

const latency = z.number().nullable();

export const periodQuery = z.strictObject({
  from: whole.describe("First block of the period."),
  to: whole.describe("Last block of the period, at most 100,000 blocks later."),
});

const signer = z.object({
  signer: addressText,
  asked: whole,
  answered: whole.describe("Signed the same facts, late or not."),
  late: whole.describe("Of these, when the quorum was there already."),
  differed: whole,
  failed: whole,
  failures: z.record(z.string(), whole),
  latencyMs: z.object({ p50: latency, p90: latency, p99: latency }),
  onChain: whole.describe("Decisions on chain that carried its signature."),
});

export const quorumReportAnswer = component(
  "QuorumReport",
  z.object({
    chainId: whole,
    gate: addressText,
    fromBlock: whole,
    toBlock: whole,
    signers: z.array(signer),
    decisions: z.object({ total: whole, unreadable: whole }),
    hash: word,
  }),
);
