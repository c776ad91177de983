import { TypedDataEncoder, type TypedDataDomain } from "ethers";

import { checkAddress, checkBytes, checkUint } from "./checks.ts";
import { SluiceError, type SluiceErrorCode } from "./failure.ts";
import { escrowDomain, packedTermsLayout, paymentTermsTypes } from "./generated/eip712.ts";
import { feeTiers, silenceRules, type FeeTier, type SilenceRule } from "./generated/enums.ts";

/**
 * What a payer signs. Amounts and bond in the token's smallest unit, `…By` in seconds since the Unix epoch, `maxHold` and
 * `rulingWindow` in seconds, fees and split in basis points. Use the zero address for "no arbiter" and
 * "no fee receiver", and as the token for the chain's native coin.
 */
export type Terms = {
  payer: string;
  payee: string;
  operator: string;
  token: string;
  amount: bigint;
  authorizeBy: number;
  captureBy: number;
  refundBy: number;
  minFeeBps: number;
  maxFeeBps: number;
  feeReceiver: string;
  arbiter: string;
  disputeBond: bigint;
  defaultSplitBps: number;
  rulingWindow: number;
  silenceRule: SilenceRule;
  maxHold: number;
  /** 0x and 24 hex digits. */
  referral: string;
  /** Whose stake lowers the protocol's part of the fee. */
  feeTier: FeeTier;
  salt: bigint;
};

export type PackedWord = keyof typeof packedTermsLayout;

/** Terms as the contracts take and emit them: the words of the Solidity struct `PackedTerms`. */
export type PackedTerms = Record<PackedWord, bigint>;

/** Where the terms are to be used. */
export type EscrowSite = { chainId: number | bigint; escrow: string };

type FieldName = keyof Terms;
type WireTerms = Record<FieldName, string | bigint>;

const words = Object.keys(packedTermsLayout) as PackedWord[]; // keys() widens to string; the object is a constant
const highestFeeBps = 9_950; // leaves room for the highest protocol fee
const wholeBps = 10_000;

/** A field signed as the number of one of these names. */
type Choice<Member> = { field: FieldName; code: SluiceErrorCode; members: readonly Member[] };

const choices = {
  silenceRule: { field: "silenceRule", code: "SILENCE_RULE_UNKNOWN", members: silenceRules },
  feeTier: { field: "feeTier", code: "FEE_TIER_UNKNOWN", members: feeTiers },
} as const;

/**
 * Packs terms into the seven words the contracts take.
 *
 * Checks that every field is present and fits; whether the terms make sense together is `checkTerms`.
 * @throws SluiceError `ADDRESS_INVALID`, `NUMBER_OUT_OF_RANGE`, `BYTES_INVALID`, `SILENCE_RULE_UNKNOWN` or `FEE_TIER_UNKNOWN`, naming the field
 * @example
 * await escrow.authorize(packTerms(terms), collections.indexOf("Erc3009"), signature);
 */
export function packTerms(terms: Terms): PackedTerms {
  const wire = toWire(terms);
  const entries = words.map((word) => [word, packWord(word, wire)] as const);
  return Object.fromEntries(entries) as PackedTerms; // the keys are exactly `words`
}

/**
 * The opposite of `packTerms`; takes the struct as ethers decodes it from an event, too.
 * @throws SluiceError `SPARE_BITS_SET`, `NUMBER_OUT_OF_RANGE`, `SILENCE_RULE_UNKNOWN` or `FEE_TIER_UNKNOWN`
 */
export function unpackTerms(packed: Readonly<PackedTerms>): Terms {
  const raw: Partial<Record<string, bigint>> = {};
  for (const word of words) Object.assign(raw, unpackWord(word, checkUint(word, packed[word], 256)));
  const take = (name: FieldName): bigint => raw[name] ?? 0n;
  const address = (name: FieldName): string => checkAddress(name, hex(take(name), 20));
  return {
    payer: address("payer"),
    payee: address("payee"),
    operator: address("operator"),
    token: address("token"),
    amount: take("amount"),
    authorizeBy: Number(take("authorizeBy")),
    captureBy: Number(take("captureBy")),
    refundBy: Number(take("refundBy")),
    minFeeBps: Number(take("minFeeBps")),
    maxFeeBps: Number(take("maxFeeBps")),
    feeReceiver: address("feeReceiver"),
    arbiter: address("arbiter"),
    disputeBond: take("disputeBond"),
    defaultSplitBps: Number(take("defaultSplitBps")),
    rulingWindow: Number(take("rulingWindow")),
    silenceRule: memberOf(choices.silenceRule, Number(take("silenceRule"))),
    maxHold: Number(take("maxHold")),
    referral: hex(take("referral"), 12),
    feeTier: memberOf(choices.feeTier, Number(take("feeTier"))),
    salt: take("salt"),
  };
}

/**
 * Refuses terms that the escrow would refuse whatever the time: deadlines out of order, an impossible fee range, no amount.
 * @throws SluiceError `TERMS_INVALID`, naming the field
 */
export function checkTerms(terms: Terms): void {
  const fail = (field: FieldName, message: string): never => {
    throw new SluiceError("TERMS_INVALID", `${field}: ${message}`, field);
  };
  const wire = toWire(terms);
  const zero = hex(0n, 20);
  for (const party of ["payer", "payee"] as const) {
    if (wire[party] === zero) fail(party, "the zero address");
  }
  if (terms.amount === 0n) fail("amount", "is zero");
  if (terms.authorizeBy > terms.captureBy)
    fail("captureBy", `${terms.captureBy} is before authorizeBy ${terms.authorizeBy}`);
  if (terms.captureBy > terms.refundBy) fail("refundBy", `${terms.refundBy} is before captureBy ${terms.captureBy}`);
  if (terms.maxFeeBps > highestFeeBps) fail("maxFeeBps", `${terms.maxFeeBps} is more than ${highestFeeBps}`);
  if (terms.minFeeBps > terms.maxFeeBps)
    fail("minFeeBps", `${terms.minFeeBps} is more than maxFeeBps ${terms.maxFeeBps}`);
  if (terms.defaultSplitBps > wholeBps) fail("defaultSplitBps", `${terms.defaultSplitBps} is more than ${wholeBps}`);
  if (terms.maxFeeBps > 0 && wire.feeReceiver === zero)
    fail("feeReceiver", "the zero address, though a fee may be taken");
}

/**
 * The payment's id: the EIP-712 digest of its terms on one escrow of one chain.
 * @returns 32 bytes of hex, as `escrow.idOf(packTerms(terms))` answers
 */
export function paymentId(terms: Terms, site: EscrowSite): string {
  const { domain, types, message } = termsTypedData(terms, site);
  return TypedDataEncoder.hash(domain, types, message);
}

/**
 * What the payer's wallet signs.
 * @example
 * const { domain, types, message } = termsTypedData(terms, { chainId: 8453, escrow });
 * const signature = await payer.signTypedData(domain, types, message);
 */
export function termsTypedData(
  terms: Terms,
  site: EscrowSite,
): { domain: TypedDataDomain; types: Record<string, { name: string; type: string }[]>; message: WireTerms } {
  const domain = {
    ...escrowDomain,
    chainId: checkUint("chainId", site.chainId, 256),
    verifyingContract: checkAddress("escrow", site.escrow),
  };
  return { domain, types: { PaymentTerms: [...paymentTermsTypes.PaymentTerms] }, message: toWire(terms) };
}

/** Each field checked against its EIP-712 type and written as that type wants it. */
function toWire(terms: Terms): WireTerms {
  const entries = paymentTermsTypes.PaymentTerms.map(({ name, type }) => {
    if (name === "silenceRule") return [name, indexOf(choices.silenceRule, terms.silenceRule)];
    if (name === "feeTier") return [name, indexOf(choices.feeTier, terms.feeTier)];
    if (type === "address") return [name, checkAddress(name, terms[name])];
    if (type === "bytes12") return [name, checkBytes(name, terms[name], 12)];
    return [name, checkUint(name, terms[name], Number(type.slice("uint".length)))];
  });
  return Object.fromEntries(entries) as WireTerms; // one entry for each name of the type, which are the fields of Terms
}

function packWord(word: PackedWord, wire: Partial<Record<string, string | bigint>>): bigint {
  return packedTermsLayout[word].reduce((sum, [name, bits]) => (sum << BigInt(bits)) | BigInt(wire[name] ?? 0n), 0n);
}

function unpackWord(word: PackedWord, value: bigint): Record<string, bigint> {
  const fields: Record<string, bigint> = {};
  let rest = value;
  for (const [name, bits] of packedTermsLayout[word].toReversed()) {
    fields[name] = rest & ((1n << BigInt(bits)) - 1n);
    rest >>= BigInt(bits);
    if (name === "spare" && fields[name] !== 0n) {
      throw new SluiceError("SPARE_BITS_SET", `${word}: spare bits must be zero, they are ${fields[name]}`, word);
    }
  }
  return fields;
}

function indexOf<Member>({ field, code, members }: Choice<Member>, member: unknown): bigint {
  const index = members.findIndex((known) => known === member);
  if (index >= 0) return BigInt(index);
  throw new SluiceError(code, `${field}: ${String(member)} is none of ${members.join(", ")}`, field);
}

function memberOf<Member>({ field, code, members }: Choice<Member>, index: number): Member {
  const member = members[index];
  if (member !== undefined) return member;
  throw new SluiceError(code, `${field}: there is no number ${index}`, field);
}

function hex(value: bigint, bytes: number): string {
  return `0x${value.toString(16).padStart(2 * bytes, "0")}`;
}
