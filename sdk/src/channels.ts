import { AbiCoder, keccak256, Signature, TypedDataEncoder, type Signer, type TypedDataDomain } from "ethers";

import { checkAddress, checkBytes, checkUint } from "./checks.ts";
import { SluiceError } from "./failure.ts";
import { channelsDomain, channelTermsTypes, closeTypes, voucherTypes } from "./generated/eip712.ts";
import type { ReceiveAuthorization } from "./tokens.ts";

/** What a channel is opened with. `exitDelay` in seconds, 1 hour to 30 days; `signer` signs vouchers, usually the payer. */
export type ChannelTerms = {
  payer: string;
  payee: string;
  token: string;
  signer: string;
  exitDelay: number;
  /** Any number that makes the terms new; small ones cost less gas in every transaction. */
  salt: bigint;
};

/** Terms as the contract takes them: the Solidity struct `ChannelTerms`. */
export type PackedChannelTerms = {
  payer: string;
  payee: string;
  token: string;
  signer: string;
  exitDelay: bigint;
  salt: bigint;
};

/** Where channels are used: one contract on one chain. */
export type ChannelSite = { chainId: number | bigint; channels: string };

/** Name and version of a token's EIP-712 domain, and until when (seconds, exclusive) a signature of this kind counts. */
export type TokenSigning = { tokenName: string; tokenVersion: string; validBefore: number };

type TypedData<T> = { domain: TypedDataDomain; types: Record<string, { name: string; type: string }[]>; message: T };

const words = AbiCoder.defaultAbiCoder();
const hour = 3_600;
const shortestExitDelay = hour;
const longestExitDelay = 30 * 24 * hour;

/**
 * Terms as the contract takes them, each field checked.
 * @throws SluiceError `ADDRESS_INVALID` or `NUMBER_OUT_OF_RANGE`, naming the field
 * @example
 * await channels.open(packChannelTerms(terms), deposit);
 */
export function packChannelTerms(terms: ChannelTerms): PackedChannelTerms {
  return {
    payer: checkAddress("payer", terms.payer),
    payee: checkAddress("payee", terms.payee),
    token: checkAddress("token", terms.token),
    signer: checkAddress("signer", terms.signer),
    exitDelay: checkUint("exitDelay", terms.exitDelay, 32),
    salt: checkUint("salt", terms.salt, 256),
  };
}

/**
 * Refuses terms that no channel can be opened with: the zero address as a party, an exit delay out of bounds.
 * @throws SluiceError `TERMS_INVALID`, naming the field
 */
export function checkChannelTerms(terms: ChannelTerms): void {
  const packed = packChannelTerms(terms);
  for (const party of ["payer", "payee", "token", "signer"] as const) {
    if (BigInt(packed[party]) === 0n) throw new SluiceError("TERMS_INVALID", `${party}: the zero address`, party);
  }
  const { exitDelay } = terms;
  if (exitDelay < shortestExitDelay || exitDelay > longestExitDelay) {
    const bounds = `${shortestExitDelay} to ${longestExitDelay} seconds`;
    throw new SluiceError("TERMS_INVALID", `exitDelay: ${exitDelay}, want ${bounds}`, "exitDelay");
  }
}

/**
 * The channel's id: the EIP-712 digest of its terms on one contract of one chain.
 * @returns 32 bytes of hex, as `channels.idOf(packChannelTerms(terms))` answers
 */
export function channelId(terms: ChannelTerms, site: ChannelSite): string {
  return TypedDataEncoder.hash(domainOf(site), typesOf(channelTermsTypes), packChannelTerms(terms));
}

/**
 * What the signer's wallet signs to pay: everything paid so far, this time included.
 * @param channel The channel's id
 * @param cumulative In the token's smallest unit, below 2^96
 */
export function voucherTypedData(
  channel: string,
  cumulative: bigint,
  site: ChannelSite,
): TypedData<{ channel: string; cumulative: bigint }> {
  const message = { channel: checkBytes("channel", channel, 32), cumulative: checkUint("cumulative", cumulative, 96) };
  return { domain: domainOf(site), types: typesOf(voucherTypes), message };
}

/**
 * Signs a voucher.
 * @returns 65 bytes of hex, which `redeem`, `queue` and `packRows` take; `compactSignature` makes it cheaper to carry
 * @example
 * const id = channelId(terms, { chainId: 8453, channels });
 * const first = await signVoucher(payer, id, 1_000000n, { chainId: 8453, channels });
 * const second = await signVoucher(payer, id, 3_000000n, { chainId: 8453, channels }); // 2 more, 3 in all
 */
export async function signVoucher(
  signer: Signer,
  channel: string,
  cumulative: bigint,
  site: ChannelSite,
): Promise<string> {
  const { domain, types, message } = voucherTypedData(channel, cumulative, site);
  return signer.signTypedData(domain, types, message);
}

/** What signer and payee sign to end a channel at once; it counts before `deadline`, seconds since the Unix epoch. */
export function closeTypedData(
  channel: string,
  cumulative: bigint,
  deadline: number,
  site: ChannelSite,
): TypedData<{ channel: string; cumulative: bigint; deadline: bigint }> {
  const message = {
    channel: checkBytes("channel", channel, 32),
    cumulative: checkUint("cumulative", cumulative, 96),
    deadline: checkUint("deadline", deadline, 40),
  };
  return { domain: domainOf(site), types: typesOf(closeTypes), message };
}

/**
 * Signs a close, as the terms' signer or as the payee; `coopClose` takes one of each.
 * @returns 65 bytes of hex
 */
export async function signClose(
  signer: Signer,
  channel: string,
  cumulative: bigint,
  deadline: number,
  site: ChannelSite,
): Promise<string> {
  const { domain, types, message } = closeTypedData(channel, cumulative, deadline, site);
  return signer.signTypedData(domain, types, message);
}

/**
 * The token pull that opens a channel without gas for the payer: he signs it with `signReceiveAuthorization`, anybody
 * submits it with `openWithAuthorization`. Its nonce binds terms and deposit.
 * @example
 * const pull = openAuthorization(terms, deposit, site, { tokenName: "USDC", tokenVersion: "2", validBefore });
 * const signature = await signReceiveAuthorization(payer, pull);
 * await channels.openWithAuthorization(packChannelTerms(terms), deposit, validBefore, signature);
 */
export function openAuthorization(
  terms: ChannelTerms,
  deposit: bigint,
  site: ChannelSite,
  signing: TokenSigning,
): ReceiveAuthorization {
  const nonce = keccak256(words.encode(["bytes32", "uint96"], [channelId(terms, site), deposit]));
  return pull(terms, terms.payer, deposit, nonce, site, signing);
}

/**
 * The token pull by which `from` adds to a deposit; `salt` lets the same amount be added twice. `from` signs it with
 * `signReceiveAuthorization`, anybody submits it with `topUpWithAuthorization`.
 */
export function topUpAuthorization(
  terms: ChannelTerms,
  from: string,
  amount: bigint,
  salt: bigint,
  site: ChannelSite,
  signing: TokenSigning,
): ReceiveAuthorization {
  const values = [channelId(terms, site), amount, checkUint("salt", salt, 256)];
  const nonce = keccak256(words.encode(["bytes32", "uint96", "uint256"], values));
  return pull(terms, from, amount, nonce, site, signing);
}

/**
 * A key's signature of 64 or 65 bytes as one of 64 (EIP-2098), some 140 gas cheaper to carry. Not for contract accounts:
 * many of them know 65 bytes only.
 * @throws SluiceError `SIGNATURE_INVALID`
 */
export function compactSignature(signature: string): string {
  try {
    return Signature.from(signature).compactSerialized;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SluiceError("SIGNATURE_INVALID", `signature: ${reason}`, "signature");
  }
}

/** The EIP-712 domain of channels. */
export function domainOf(site: ChannelSite): TypedDataDomain {
  return {
    ...channelsDomain,
    chainId: checkUint("chainId", site.chainId, 256),
    verifyingContract: checkAddress("channels", site.channels),
  };
}

function pull(
  terms: ChannelTerms,
  from: string,
  value: bigint,
  nonce: string,
  site: ChannelSite,
  { tokenName, tokenVersion, validBefore }: TokenSigning,
): ReceiveAuthorization {
  const { chainId, channels } = site;
  return {
    token: terms.token,
    tokenName,
    tokenVersion,
    chainId,
    from,
    to: channels,
    value,
    validAfter: 0,
    validBefore,
    nonce,
  };
}

/** Copies a generated constant into the mutable shape ethers asks for. */
function typesOf(
  types: Readonly<Record<string, readonly { name: string; type: string }[]>>,
): Record<string, { name: string; type: string }[]> {
  return Object.fromEntries(Object.entries(types).map(([name, fields]) => [name, [...fields]]));
}
