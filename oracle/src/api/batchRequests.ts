import type { BatchItem } from "../attest/captureBatches.ts";
import type { ChannelQuestion } from "../attest/channelBatches.ts";
import type { ChargeQuestion } from "../attest/charges.ts";
import type { AsOfRequest } from "../attest/finding.ts";
import type { PayListQuestion } from "../attest/payLists.ts";
import { OracleError } from "../errors.ts";
import { checkSite, idOfTerms, invalid, parseTerms, type ServedSite } from "./requests.ts";
import { capturePeerRequest, channelPeerRequest, chargePeerRequest, payManyPeerRequest } from "./schemas/batches.ts";

/** Whether a body says what it is for. */
export function wants(body: unknown, what: string): boolean {
  return typeof body === "object" && body !== null && Reflect.get(body, "for") === what;
}

function requestOf(value: {
  asOf?: number | undefined;
  asOfHash?: string | undefined;
  epoch?: string | undefined;
}): AsOfRequest | undefined {
  const { asOf, asOfHash, epoch } = value;
  if (asOf === undefined || asOfHash === undefined || epoch === undefined) return undefined;
  return { number: asOf, hash: asOfHash.toLowerCase(), epoch: epoch.toLowerCase() };
}

export interface ChargeRequest {
  readonly charge: ChargeQuestion;
  /** Absent where a client asks, who has no choice of the block. */
  readonly request: AsOfRequest | undefined;
}

/** A payment that is to be charged, by a client or by a coordinator. */
export function parseChargeRequest(body: unknown, served: ServedSite): ChargeRequest {
  const parsed = chargePeerRequest.safeParse(body);
  if (!parsed.success) throw invalid("INVALID_REQUEST", parsed.error);
  const { terms: given, collection, payerSignature, id: claimed } = parsed.data;
  checkSite(parsed.data, served);
  const terms = parseTerms(given);
  const id = idOfTerms(terms, served);
  if (claimed !== undefined && claimed.toLowerCase() !== id) {
    throw new OracleError("TERMS_ID_MISMATCH", `the terms hash to ${id}, not to ${claimed.toLowerCase()}`);
  }
  return { charge: { id, terms, collection, payerSignature }, request: requestOf(parsed.data) };
}

export interface CaptureBatchRequest {
  readonly for: "captures";
  readonly items: readonly (BatchItem & { readonly amount?: bigint | undefined })[];
}

export interface ChannelBatchRequest {
  readonly for: "channels";
  readonly question: ChannelQuestion;
  readonly request: AsOfRequest | undefined;
}

function parseCaptures(body: unknown, served: ServedSite): CaptureBatchRequest {
  const parsed = capturePeerRequest.safeParse(body);
  if (!parsed.success) throw invalid("INVALID_REQUEST", parsed.error);
  checkSite(parsed.data, served);
  const { epoch } = parsed.data;
  const items = parsed.data.items.map(({ id, amount, asOf, asOfHash }) => {
    const request = requestOf({ asOf, asOfHash, epoch });
    return { id: id.toLowerCase(), amount, ...(request === undefined ? {} : { asOf: request }) };
  });
  const doubled = items.find((item, index) => items.findIndex((other) => other.id === item.id) !== index);
  if (doubled !== undefined) throw new OracleError("INVALID_REQUEST", `items: ${doubled.id} stands twice`);
  return { for: "captures", items };
}

function parseChannels(body: unknown, served: ServedSite): ChannelBatchRequest {
  const parsed = channelPeerRequest.safeParse(body);
  if (!parsed.success) throw invalid("INVALID_REQUEST", parsed.error);
  checkSite(parsed.data, served);
  const rows = parsed.data.rows.map(({ cumulative, ...terms }) => ({ terms, cumulative }));
  const [first] = rows;
  const same = (a: string, b: string | undefined): boolean => a.toLowerCase() === b?.toLowerCase();
  const stranger = rows.findIndex(
    ({ terms }) => !same(terms.payee, first?.terms.payee) || !same(terms.token, first?.terms.token),
  );
  if (stranger >= 0) throw new OracleError("INVALID_REQUEST", `rows.${stranger}: a batch has one payee and one token`);
  return { for: "channels", question: { rows }, request: requestOf(parsed.data) };
}

export interface PayManyRequest {
  readonly for: "payMany";
  readonly question: PayListQuestion;
  readonly request: AsOfRequest | undefined;
}

function parsePayMany(body: unknown, served: ServedSite): PayManyRequest {
  const parsed = payManyPeerRequest.safeParse(body);
  if (!parsed.success) throw invalid("INVALID_REQUEST", parsed.error);
  checkSite(parsed.data, served);
  const { account, token, sequence, deadline, rows } = parsed.data;
  const nobody = rows.findIndex(({ payee }) => BigInt(payee) === 0n);
  if (nobody >= 0) throw new OracleError("INVALID_REQUEST", `rows.${nobody}.payee: nobody is paid`);
  const header = { account, token, sequence, deadline };
  return { for: "payMany", question: { header, rows }, request: requestOf(parsed.data) };
}

export type BatchRequest = CaptureBatchRequest | ChannelBatchRequest | PayManyRequest;

/** Many payments, vouchers of many channels, or a list that pays many, by a client or by a coordinator. */
export function parseBatchRequest(body: unknown, served: ServedSite): BatchRequest {
  if (wants(body, "payMany")) return parsePayMany(body, served);
  return wants(body, "channels") ? parseChannels(body, served) : parseCaptures(body, served);
}
