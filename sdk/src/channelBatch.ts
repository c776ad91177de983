import { concat, dataLength, dataSlice, keccak256, toBeHex, TypedDataEncoder } from "ethers";

import {
  channelId,
  compactSignature,
  domainOf,
  packChannelTerms,
  type ChannelSite,
  type ChannelTerms,
} from "./channels.ts";
import { checkAddress, checkBytes, checkUint } from "./checks.ts";
import { SluiceError } from "./failure.ts";
import { channelBatchTypes } from "./generated/eip712.ts";
import { rowProblems, type RowProblem } from "./generated/enums.ts";

/** A voucher as a payee keeps it: of a channel only the one with the highest amount is worth keeping. */
export type SignedVoucher = {
  terms: ChannelTerms;
  /** In the token's smallest unit. */
  cumulative: bigint;
  /** Of a key: 65 bytes or 64 (EIP-2098). Contract signers redeem one by one. */
  signature: string;
};

/** What the rows of a batch have in common: the Solidity struct `BatchHeader`. */
export type BatchHeader = { payee: string; token: string; exitDelay: bigint; withSigners: boolean };

/** A channel and what it has paid in all. */
export type ChannelRow = { channel: string; cumulative: bigint };

/** Arguments of `redeemMany`, and the same rows with channel ids, in their order. */
export type PackedBatch = { header: BatchHeader; rows: string; list: ChannelRow[]; vouchers: SignedVoucher[] };

/** A row that was left out; `index` is its place in the batch. */
export type SkippedRow = { index: number; problem: RowProblem };

const listEntryBytes = 44;
const reportEntryBytes = 3;

/**
 * Packs vouchers of one payee, token and exit delay for `redeemMany`, ascending by channel id. Rows
 * name their signers (20 bytes more each) only where some payer does not sign himself.
 * @throws SluiceError `BATCH_INVALID` when there is none, a channel appears twice or they have no header in common; `SIGNATURE_INVALID`
 * @example
 * const batch = packRows(vouchers, { chainId: 8453, channels });
 * const { paid, report } = await channels.redeemMany.staticCall(batch.header, batch.rows, "0x");
 * for (const { index, problem } of decodeReport(report)) console.log(batch.list[index].channel, problem);
 * await channels.redeemMany(batch.header, batch.rows, "0x");
 */
export function packRows(vouchers: readonly SignedVoucher[], site: ChannelSite): PackedBatch {
  const named = vouchers.map((voucher) => ({ voucher, channel: channelId(voucher.terms, site) }));
  named.sort((a, b) => (a.channel < b.channel ? -1 : 1));
  const doubled = named.find(({ channel }, index) => channel === named[index + 1]?.channel);
  if (doubled) throw new SluiceError("BATCH_INVALID", `channel ${doubled.channel} appears twice`, "vouchers");
  const sorted = named.map(({ voucher }) => voucher);
  const header = headerOf(sorted);
  return {
    header,
    rows: concat(sorted.map((voucher) => packRow(voucher, header.withSigners))),
    list: named.map(({ channel, voucher }) => ({ channel, cumulative: voucher.cumulative })),
    vouchers: sorted,
  };
}

/**
 * What an attestation about a batch is about; of one channel for `redeem` and `coopClose`, too.
 * @param list In the order of the batch
 * @returns 32 bytes of hex, as `channels.batchSubject(payee, token, encodeRows(list))` answers
 */
export function batchSubject(payee: string, token: string, list: readonly ChannelRow[], site: ChannelSite): string {
  const message = {
    payee: checkAddress("payee", payee),
    token: checkAddress("token", token),
    rows: keccak256(encodeRows(list)),
  };
  return TypedDataEncoder.hash(domainOf(site), { ChannelBatch: [...channelBatchTypes.ChannelBatch] }, message);
}

/** (channel 32 bytes | cumulative 12 bytes), one after the other, as events carry it and subjects hash it. */
export function encodeRows(list: readonly ChannelRow[]): string {
  const rows = list.map(({ channel, cumulative }) => {
    return concat([checkBytes("channel", channel, 32), toBeHex(checkUint("cumulative", cumulative, 96), 12)]);
  });
  return concat(rows);
}

/**
 * The rows of `BatchRedeemed`, `BatchQueued` and `BatchBlocked`.
 * @throws SluiceError `BATCH_INVALID` when the length is not a multiple of 44 bytes
 */
export function decodeRows(rows: string): ChannelRow[] {
  return entries(rows, listEntryBytes).map((entry) => {
    return { channel: dataSlice(entry, 0, 32), cumulative: BigInt(dataSlice(entry, 32)) };
  });
}

/**
 * What `redeemMany` returns and `RowsSkipped` carries.
 * @throws SluiceError `BATCH_INVALID` when the length is not a multiple of 3 bytes or a problem is unknown
 */
export function decodeReport(report: string): SkippedRow[] {
  return entries(report, reportEntryBytes).map((entry) => {
    const problem = rowProblems[Number(dataSlice(entry, 2))];
    if (problem === undefined) throw new SluiceError("BATCH_INVALID", `report: there is no problem ${entry}`, "report");
    return { index: Number(dataSlice(entry, 0, 2)), problem };
  });
}

function headerOf(vouchers: readonly SignedVoucher[]): BatchHeader {
  const all = vouchers.map(({ terms }) => packChannelTerms(terms));
  const [first] = all;
  if (first === undefined) throw new SluiceError("BATCH_INVALID", "no vouchers", "vouchers");
  const { payee, token, exitDelay } = first;
  for (const name of ["payee", "token", "exitDelay"] as const) {
    const other = all.find((terms) => terms[name] !== first[name]);
    if (!other) continue;
    const message = `${name}: ${first[name]} and ${other[name]} need batches of their own`;
    throw new SluiceError("BATCH_INVALID", message, name);
  }
  return { payee, token, exitDelay, withSigners: all.some(({ payer, signer }) => payer !== signer) };
}

function packRow({ terms, cumulative, signature }: SignedVoucher, withSigner: boolean): string {
  const { payer, signer, salt } = packChannelTerms(terms);
  const amount = toBeHex(checkUint("cumulative", cumulative, 96), 12);
  const row = [payer, amount, toBeHex(salt, 32), compactSignature(signature)];
  if (withSigner) row.push(signer);
  return concat(row);
}

function entries(data: string, length: number): string[] {
  const total = dataLength(data);
  if (total % length !== 0) {
    throw new SluiceError("BATCH_INVALID", `${total} bytes are no whole number of entries of ${length}`);
  }
  return Array.from({ length: total / length }, (_, index) => dataSlice(data, index * length, (index + 1) * length));
}
