import { SluiceError, type Terms } from "@sluice/sdk";
import { z } from "zod";

import type { AsOfRequest } from "../attest/finding.ts";
import { paymentIds } from "../attest/termsId.ts";
import { OracleError } from "../errors.ts";
import { addressText, decimal, whole, word } from "./fields.ts";

/** Which chain and escrow this node serves. */
export interface ServedSite {
  readonly chainId: number;
  readonly escrow: string;
}

/** Terms as JSON carries them. */
export const termsSchema = z.strictObject({
  payer: addressText,
  payee: addressText,
  operator: addressText,
  token: addressText,
  amount: decimal,
  authorizeBy: whole,
  captureBy: whole,
  refundBy: whole,
  minFeeBps: whole,
  maxFeeBps: whole,
  feeReceiver: addressText,
  arbiter: addressText,
  disputeBond: decimal,
  defaultSplitBps: whole,
  rulingWindow: whole,
  silenceRule: z.enum(["Refund", "Release"]),
  maxHold: whole,
  feeTier: z.enum(["Nobody", "Payer", "Payee", "Operator"]),
  referral: z.string().regex(/^0x[0-9a-fA-F]{24}$/, "must be 12 bytes of 0x hex"),
  salt: decimal,
});

export const attestationRequest = z.strictObject({
  for: z.literal("payment").optional(),
  id: word.optional(),
  terms: z.unknown().optional(),
  chainId: z.number().int().optional(),
  escrow: addressText.optional(),
});

const peerRequest = z.strictObject({
  for: z.literal("payment").optional(),
  terms: z.unknown(),
  asOf: z.number().int().min(0),
  asOfHash: word,
  epoch: addressText,
});

/** Issues by field, without the values: a client may have sent a secret by mistake. */
function fieldsOf(issues: readonly z.core.$ZodIssue[]): { field: string; problem: string }[] {
  return issues.slice(0, 20).map((issue) => {
    const field =
      issue.code === "unrecognized_keys" ? issue.keys.map((key) => key.slice(0, 64)).join(", ") : issue.path.join(".");
    return { field, problem: issue.code === "unrecognized_keys" ? "there is no such field" : issue.message };
  });
}

/** A body that does not fit, as an error that names every field. */
export function invalid(code: "INVALID_REQUEST" | "INVALID_TERMS", error: z.ZodError): OracleError {
  const fields = fieldsOf(error.issues);
  const text = fields.map(({ field, problem }) => `${field === "" ? "body" : field}: ${problem}`).join("; ");
  return new OracleError(code, text, { fields });
}

/** Terms as JSON carries them; every field is named where it is wrong. */
export function parseTerms(value: unknown): Terms {
  const parsed = termsSchema.safeParse(value);
  if (!parsed.success) throw invalid("INVALID_TERMS", parsed.error);
  return parsed.data;
}

/** One function for each site, so that the domain is hashed once. */
const ID_OF = new WeakMap<ServedSite, (terms: Terms) => string>();

function idsOf(site: ServedSite): (terms: Terms) => string {
  const known = ID_OF.get(site);
  if (known !== undefined) return known;
  const made = paymentIds(site);
  ID_OF.set(site, made);
  return made;
}

/** The payment id that terms hash to. */
export function idOfTerms(terms: Terms, site: ServedSite): string {
  try {
    return idsOf(site)(terms);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    const fields = [{ field: error.field ?? "", problem: error.message }];
    throw new OracleError("INVALID_TERMS", error.message, { fields });
  }
}

/** Throws where a request names another chain or escrow. */
export function checkSite(
  request: { chainId?: number | undefined; escrow?: string | undefined },
  site: ServedSite,
): void {
  if (request.chainId !== undefined && request.chainId !== site.chainId) {
    const details = { expected: site.chainId, actual: request.chainId };
    throw new OracleError("WRONG_CHAIN", `this node serves chain ${site.chainId}, not ${request.chainId}`, details);
  }
  if (request.escrow !== undefined && request.escrow.toLowerCase() !== site.escrow.toLowerCase()) {
    const details = { expected: site.escrow, actual: request.escrow };
    throw new OracleError("WRONG_CHAIN", `this node serves escrow ${site.escrow}, not ${request.escrow}`, details);
  }
}

/** Which payment a client asks about: by terms, or by the id of one the node has seen. */
export interface AttestationQuestion {
  readonly id: string;
  /** False for an id alone, which only a node that saw the payment can follow. */
  readonly withTerms: boolean;
  /** Who pays, where the terms say it. Lower-case. */
  readonly payer: string | undefined;
}

export function parseAttestationRequest(body: unknown, site: ServedSite): AttestationQuestion {
  const parsed = attestationRequest.safeParse(body);
  if (!parsed.success) throw invalid("INVALID_REQUEST", parsed.error);
  const { id, terms } = parsed.data;
  checkSite(parsed.data, site);
  if (terms === undefined) {
    if (id === undefined)
      throw new OracleError("INVALID_REQUEST", "body: needs terms, or the id of a payment on chain");
    return { id: id.toLowerCase(), withTerms: false, payer: undefined };
  }
  const parsedTerms = parseTerms(terms);
  const computed = idOfTerms(parsedTerms, site);
  if (id !== undefined && id.toLowerCase() !== computed) {
    const details = { given: id.toLowerCase(), computed };
    throw new OracleError("TERMS_ID_MISMATCH", `the terms hash to ${computed}, not to ${id.toLowerCase()}`, details);
  }
  return { id: computed, withTerms: true, payer: parsedTerms.payer.toLowerCase() };
}

/** What another node asks: full terms, so that an honest answer cannot be about another payment. */
export function parsePeerRequest(body: unknown, site: ServedSite): { id: string; request: AsOfRequest } {
  const parsed = peerRequest.safeParse(body);
  if (!parsed.success) throw invalid("INVALID_REQUEST", parsed.error);
  const { terms, asOf, asOfHash, epoch } = parsed.data;
  return { id: idOfTerms(parseTerms(terms), site), request: { number: asOf, hash: asOfHash, epoch } };
}

/** A payment id out of a path. */
export function parseId(text: unknown): string {
  const parsed = word.safeParse(text);
  if (!parsed.success) throw new OracleError("INVALID_REQUEST", "id: must be 32 bytes of 0x hex");
  return parsed.data.toLowerCase();
}
