import { AbiCoder, concat, getBytes, keccak256, toBeHex, TypedDataEncoder, type Signer } from "ethers";

import { channelId, domainOf, packChannelTerms, type ChannelSite, type ChannelTerms } from "./channels.ts";
import { checkAddress, checkBytes, checkUint } from "./checks.ts";
import { SluiceError } from "./failure.ts";
import { bountyTypes, openTypes, payManyTypes, sessionTypes } from "./generated/eip712.ts";
import { fundings, keyKinds, type Funding, type KeyKind } from "./generated/enums.ts";
import { permit2Address } from "./permits.ts";

type Fields = Readonly<Record<string, readonly { readonly name: string; readonly type: string }[]>>;

function typesOf(types: Fields): Record<string, { name: string; type: string }[]> {
  return Object.fromEntries(Object.entries(types).map(([name, fields]) => [name, [...fields]]));
}

/** What a payer lets a key sign: see docs/concepts/channels.md. Amounts in the token's smallest unit, times in seconds. */
export type Session = {
  /** Whose money the key spends. */
  payer: string;
  /** In which token. */
  token: string;
  /** Which curve the key is on. */
  keyKind: KeyKind;
  /** 20 bytes of an address, or for P256 x and y, 64 bytes. */
  key: string;
  /** Most that may be paid in a period. */
  capPerPeriod: bigint;
  /** Seconds of a period; 0 makes the whole session one period. */
  period: number;
  /** Second from which vouchers count. */
  start: number;
  /** Vouchers count before it. */
  expiry: number;
  /** Seconds between a revocation and its effect. */
  notice: number;
  /** Tells sessions of the same terms apart. */
  salt: bigint;
  /** Who may be paid; anybody where the list is empty. */
  payees: readonly string[];
};

/** A session as the contract takes it: the Solidity struct `Session`. */
export type PackedSession = ReturnType<typeof packSession>;

/**
 * A session as the contract takes it, each field checked.
 * @throws SluiceError naming the field
 */
export function packSession(session: Session) {
  const bytes = session.keyKind === "P256" ? 64 : 20;
  return {
    payer: checkAddress("payer", session.payer),
    token: checkAddress("token", session.token),
    keyKind: keyKinds.indexOf(session.keyKind),
    key: checkBytes("key", session.key, bytes),
    capPerPeriod: checkUint("capPerPeriod", session.capPerPeriod, 96),
    period: checkUint("period", session.period, 32),
    start: checkUint("start", session.start, 40),
    expiry: checkUint("expiry", session.expiry, 40),
    notice: checkUint("notice", session.notice, 32),
    salt: checkUint("salt", session.salt, 256),
    payees: session.payees.map((payee) => checkAddress("payees", payee)),
  };
}

/** The session's id: its EIP-712 digest. */
export function sessionId(session: Session, site: ChannelSite): string {
  return TypedDataEncoder.hash(domainOf(site), typesOf(sessionTypes), packSession(session));
}

/**
 * Terms of a channel whose vouchers the session's key signs. Opening it is the payer's consent to the session; one session has
 * one channel with each payee.
 * @throws SluiceError `TERMS_INVALID` where the session does not allow the payee
 * @example
 * const terms = sessionTerms(session, { payee: shop, exitDelay: 3600 }, site);
 * await channels.open(packChannelTerms(terms), deposit);
 */
export function sessionTerms(
  session: Session,
  channel: { payee: string; exitDelay: number },
  site: ChannelSite,
): ChannelTerms {
  const { payer, token, payees } = packSession(session);
  const payee = checkAddress("payee", channel.payee);
  if (payees.length > 0 && !payees.includes(payee)) {
    throw new SluiceError("TERMS_INVALID", `payee: ${payee} is none of the session's`, "payee");
  }
  const id = sessionId(session, site);
  const signer = checkAddress("signer", `0x${id.slice(26)}`);
  return { payer, payee, token, signer, exitDelay: channel.exitDelay, salt: BigInt(id) };
}

/**
 * A payer's signature that lets anybody open his channel out of his allowance or his credit.
 * @param deadline Seconds since the Unix epoch, exclusive
 * @returns 65 bytes of hex for `openSigned`
 */
export async function signOpen(
  payer: Signer,
  terms: ChannelTerms,
  deposit: bigint,
  funding: Funding,
  deadline: number,
  site: ChannelSite,
): Promise<string> {
  const message = {
    channel: channelId(terms, site),
    deposit: checkUint("deposit", deposit, 96),
    funding: fundings.indexOf(funding),
    deadline: checkUint("deadline", deadline, 40),
  };
  return payer.signTypedData(domainOf(site), typesOf(openTypes), message);
}

/**
 * A payer's signature for Permit2 that opens a channel: `openWithPermit2` takes it.
 * @param nonce Any number the payer has not used with Permit2
 * @param deadline Seconds since the Unix epoch, inclusive, as Permit2 counts
 * @returns The nonce and the signature, 97 bytes of hex
 */
export async function signOpenPermit2(
  payer: Signer,
  terms: ChannelTerms,
  deposit: bigint,
  nonce: bigint,
  deadline: number,
  site: ChannelSite,
): Promise<string> {
  const domain = { name: "Permit2", chainId: site.chainId, verifyingContract: permit2Address };
  const types = {
    PermitWitnessTransferFrom: [
      { name: "permitted", type: "TokenPermissions" },
      { name: "spender", type: "address" },
      { name: "nonce", type: "uint256" },
      { name: "deadline", type: "uint256" },
      { name: "channel", type: "bytes32" },
    ],
    TokenPermissions: [
      { name: "token", type: "address" },
      { name: "amount", type: "uint256" },
    ],
  };
  const words = AbiCoder.defaultAbiCoder().encode(["bytes32", "uint96"], [channelId(terms, site), deposit]);
  const message = {
    permitted: { token: packChannelTerms(terms).token, amount: checkUint("deposit", deposit, 96) },
    spender: checkAddress("channels", site.channels),
    nonce: checkUint("nonce", nonce, 256),
    deadline: checkUint("deadline", deadline, 256),
    channel: keccak256(words),
  };
  return concat([toBeHex(nonce, 32), await payer.signTypedData(domain, types, message)]);
}

/** What one signature of an account pays to many; `sequence` above that of every list paid before. */
export type PayManyHeader = { account: string; token: string; sequence: bigint; deadline: number };

/**
 * Rows of a `payMany`: payee and amount of each.
 * @throws SluiceError naming the field
 */
export function packPayManyRows(rows: readonly { payee: string; amount: bigint }[]): string {
  return concat(
    rows.map(({ payee, amount }) =>
      concat([checkAddress("payee", payee), toBeHex(checkUint("amount", amount, 96), 12)]),
    ),
  );
}

/** The digest an account signs, and the subject of an attestation about the list. */
export function payManyDigest(header: PayManyHeader, rows: string, site: ChannelSite): string {
  return TypedDataEncoder.hash(domainOf(site), typesOf(payManyTypes), payManyMessage(header, rows));
}

/**
 * Signs a list of payments.
 * @param rows As `packPayManyRows` gives them
 * @returns 65 bytes of hex for `payMany`
 */
export async function signPayMany(
  account: Signer,
  header: PayManyHeader,
  rows: string,
  site: ChannelSite,
): Promise<string> {
  return account.signTypedData(domainOf(site), typesOf(payManyTypes), payManyMessage(header, rows));
}

function payManyMessage(header: PayManyHeader, rows: string) {
  if (getBytes(rows).length % 32 !== 0) {
    throw new SluiceError("BYTES_INVALID", "rows: not a multiple of 32 bytes", "rows");
  }
  return {
    account: checkAddress("account", header.account),
    token: checkAddress("token", header.token),
    sequence: checkUint("sequence", header.sequence, 64),
    deadline: checkUint("deadline", header.deadline, 40),
    rows: keccak256(rows),
  };
}

/** What a payee promises whoever submits his last voucher: at most 1 %, at most `largest`. */
export type Bounty = { payee: string; token: string; feeBps: number; largest: bigint; deadline: number };

/**
 * Signs a bounty, as the payee.
 * @returns 65 bytes of hex for `redeemForBounty`
 */
export async function signBounty(payee: Signer, bounty: Bounty, site: ChannelSite): Promise<string> {
  const message = {
    payee: checkAddress("payee", bounty.payee),
    token: checkAddress("token", bounty.token),
    feeBps: checkUint("feeBps", bounty.feeBps, 16),
    largest: checkUint("largest", bounty.largest, 96),
    deadline: checkUint("deadline", bounty.deadline, 40),
  };
  return payee.signTypedData(domainOf(site), typesOf(bountyTypes), message);
}
