import { askNodes, type AttestationOptions } from "./asking.ts";
import { batchSubject } from "./channelBatch.ts";
import { packPayManyRows, payManyDigest, type PayManyHeader } from "./channelConsent.ts";
import { channelId, packChannelTerms, type ChannelSite, type ChannelTerms } from "./channels.ts";
import { SluiceError } from "./failure.ts";
import { checkAnswer, type AttestedPayment } from "./nodeAnswer.ts";
import { checkTerms, paymentId, type EscrowSite, type Terms } from "./terms.ts";

export type { AttestationOptions } from "./asking.ts";
export type { AttestedPayment, ScoreReason, Trust } from "./nodeAnswer.ts";

/**
 * Asks nodes for a quorum's attestation about a payment: one after the other, and all again after a pause while asking again
 * may help. A node whose answer is wrong or final is not asked again; the next one is.
 *
 * Who signed what is checked here; score and band are the node's word until the epoch's contract computes them from the
 * signed facts in `capture` or `post`. With `signers` and `quorum` given no node alone can make up an attestation.
 * @param nodes Base URL of one node, or of several
 * @throws SluiceError `TERMS_INVALID`, `URL_INVALID`; NodeError with the node's code; the signal's reason when it ends the asking
 * @example
 * const { band, score, reasons, attestation } = await attestations.requestAttestation(nodes, site, terms, { timeoutMs: 5_000 });
 * if (band !== "Allow") console.log(score, reasons.map((reason) => reason.sentence));
 */
export async function requestAttestation(
  nodes: string | readonly string[],
  site: EscrowSite,
  terms: Terms,
  options: AttestationOptions = {},
): Promise<AttestedPayment> {
  checkTerms(terms);
  const id = paymentId(terms, site);
  const check = (answer: unknown, url: string): AttestedPayment => checkAnswer(answer, url, id, site.chainId, options);
  return askNodes(nodes, { path: "/v1/attestations", body: { id, terms }, check }, options);
}

/** A voucher as nodes are asked about it: they need no signature, the contract checks that. */
export type DueRow = { terms: ChannelTerms; cumulative: bigint };

/** What a quorum says of rows of channels, or of a list that pays many; `id` is the subject: the hash of the rows. */
export type AttestedRows = AttestedPayment;

/**
 * Asks nodes for a quorum's attestation about vouchers of one payee in one token, which one `redeemMany` redeems above the
 * channels' risk caps. It holds until the next multiple of the policy's stride, so redeem at once, and all of the rows.
 * @param rows In any order, each channel once; the attestation is about all of them, ascending by channel as `packRows` sorts them
 * @throws SluiceError `BATCH_INVALID`, `TERMS_INVALID`, `URL_INVALID`; NodeError with the node's code; the signal's reason
 * @example
 * const { band, attestation } = await attestations.requestChannelAttestation(nodes, site, vouchers, { signers, quorum: 2 });
 * if (band === "Allow") await channels.redeemMany(signer, site, vouchers, { attestation });
 */
export async function requestChannelAttestation(
  nodes: string | readonly string[],
  site: ChannelSite,
  rows: readonly DueRow[],
  options: AttestationOptions = {},
): Promise<AttestedRows> {
  const [first] = rows;
  if (first === undefined) throw new SluiceError("BATCH_INVALID", "no rows", "rows");
  const named = rows.map(({ terms, cumulative }) => ({ channel: channelId(terms, site), cumulative, terms }));
  named.sort((a, b) => (a.channel < b.channel ? -1 : 1));
  const { payee, token } = packChannelTerms(first.terms);
  const id = batchSubject(payee, token, named, site);
  const body = { for: "channels", rows: named.map(rowText) };
  const check = (answer: unknown, url: string): AttestedRows => checkAnswer(answer, url, id, site.chainId, options);
  return askNodes(nodes, { path: "/v1/batches", body, check }, options);
}

/**
 * Asks nodes for a quorum's attestation about a list that one account pays to many, which `payMany` needs above the account's risk
 * cap. It holds until the next multiple of the policy's stride; nodes need no signature, the contract checks that.
 * @param rows In the order of the list: what the nodes sign is the digest that the account signs
 * @throws SluiceError `BATCH_INVALID`, `URL_INVALID` or the field that is wrong; NodeError with the node's code; the signal's reason
 * @example
 * const { band, attestation } = await attestations.requestPayManyAttestation(nodes, site, header, rows, { signers, quorum: 2 });
 * if (band === "Allow") await channels.payMany(anybody, site, header, rows, signature, { attestation });
 */
export async function requestPayManyAttestation(
  nodes: string | readonly string[],
  site: ChannelSite,
  header: PayManyHeader,
  rows: readonly { payee: string; amount: bigint }[],
  options: AttestationOptions = {},
): Promise<AttestedRows> {
  if (rows.length === 0) throw new SluiceError("BATCH_INVALID", "no rows", "rows");
  const id = payManyDigest(header, packPayManyRows(rows), site);
  const list = rows.map(({ payee, amount }) => ({ payee, amount }));
  const { account, token, sequence, deadline } = header;
  const body = { for: "payMany", account, token, sequence, deadline, rows: list };
  const check = (answer: unknown, url: string): AttestedRows => checkAnswer(answer, url, id, site.chainId, options);
  return askNodes(nodes, { path: "/v1/batches", body, check }, options);
}

/** A row as nodes read it: these fields and no others. */
function rowText({ terms, cumulative }: DueRow): object {
  const { payer, payee, token, signer, exitDelay, salt } = terms;
  return { payer, payee, token, signer, exitDelay, salt, cumulative };
}
