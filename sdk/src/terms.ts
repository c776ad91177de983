import { TypedDataEncoder, type TypedDataDomain } from "ethers";

import { checkAddress, checkBytes, checkUint } from "./checks.ts";
import { SluiceError } from "./failure.ts";
import { escrowDomain, packedTermsLayout, paymentTermsTypes } from "./generated/eip712.ts";
import { silenceRules, type SilenceRule } from "./generated/enums.ts";

/**
 * What a payer signs. Amounts and bond in the token's smallest unit, `…By` in seconds since the Unix epoch, `maxHold` and
 * `rulingWindow` in seconds, fees and split in basis points. Use the zero address for "no arbiter" and "no fee receiver".
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

/**
 * Packs terms into the seven words the contracts take.
 *
 * Checks that every field is present and fits; whether the terms make sense together is `checkTerms`.
 * @throws SluiceError `ADDRESS_INVALID`, `NUMBER_OUT_OF_RANGE`, `BYTES_INVALID` or `SILENCE_RULE_UNKNOWN`, naming the field
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
 * @throws SluiceError `SPARE_BITS_SET`, `NUMBER_OUT_OF_RANGE` or `SILENCE_RULE_UNKNOWN`
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
    silenceRule: ruleOf(Number(take("silenceRule"))),
    maxHold: Number(take("maxHold")),
    referral: hex(take("referral"), 12),
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
  for (const party of ["payer", "payee", "token"] as const) {
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
    if (name === "silenceRule") return [name, BigInt(ruleIndex(terms.silenceRule))];
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

function ruleIndex(rule: unknown): number {
  const index = silenceRules.findIndex((known) => known === rule);
  if (index >= 0) return index;
  const known = silenceRules.join(", ");
  throw new SluiceError("SILENCE_RULE_UNKNOWN", `silenceRule: ${String(rule)} is none of ${known}`, "silenceRule");
}

function ruleOf(index: number): SilenceRule {
  const rule = silenceRules[index];
  if (rule !== undefined) return rule;
  throw new SluiceError("SILENCE_RULE_UNKNOWN", `silenceRule: there is no rule ${index}`, "silenceRule");
}

function hex(value: bigint, bytes: number): string {
  return `0x${value.toString(16).padStart(2 * bytes, "0")}`;
}
