import { escrowDomain, paymentId, paymentTermsTypehash, type EscrowSite, type Terms } from "@sluice/sdk";
import { TypedDataEncoder } from "ethers";

import { typedDigest } from "./digest.ts";
import { keccak } from "./keccak.ts";
import { WordWriter } from "./wordWriter.ts";

const ADDRESS_BYTES = 20;
const REFERRAL_BYTES = 12;
const MEMBERS = 20;
const UINT96 = 1n << 96n;
const UINT256 = 1n << 256n;
const UINT40 = 2 ** 40;
const UINT32 = 2 ** 32;
const UINT16 = 2 ** 16;

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const REFERRAL = /^0x[0-9a-fA-F]{24}$/;
const SILENCE_RULES: Readonly<Record<Terms["silenceRule"], number>> = { Refund: 0, Release: 1 };
const FEE_TIERS: Readonly<Record<Terms["feeTier"], number>> = { Nobody: 0, Payer: 1, Payee: 2, Operator: 3 };

/** Address with digits of both cases: the case is the checksum of EIP-55. */
function hasChecksum(digits: string): boolean {
  const hash = keccak(Buffer.from(digits.toLowerCase(), "latin1")).toString("hex");
  for (let index = 0; index < digits.length; index++) {
    const upper = hash.charAt(index) >= "8"; // letters come after digits
    const digit = digits.charAt(index);
    if (digit !== (upper ? digit.toUpperCase() : digit.toLowerCase())) return false;
  }
  return true;
}

function isAddress(text: string): boolean {
  if (!ADDRESS.test(text)) return false;
  const digits = text.slice(2);
  return digits === digits.toLowerCase() || digits === digits.toUpperCase() || hasChecksum(digits);
}

const words = new WordWriter(paymentTermsTypehash, MEMBERS);

const address = (place: number, value: string): boolean => {
  if (!isAddress(value)) return false;
  words.text(place, value, ADDRESS_BYTES);
  return true;
};
const whole = (place: number, value: number, below: number): boolean => {
  if (!Number.isSafeInteger(value) || value < 0 || value >= below) return false;
  words.small(place, value);
  return true;
};
const big = (place: number, value: bigint, below: bigint): boolean => {
  if (typeof value !== "bigint" || value < 0n || value >= below) return false;
  words.big(place, value);
  return true;
};
const referral = (place: number, value: string): boolean => {
  if (!REFERRAL.test(value)) return false;
  words.bytesN(place, value, REFERRAL_BYTES);
  return true;
};

/** Writes the members in the order of the type; false for a value that does not fit its field. */
function encode(terms: Terms): boolean {
  return (
    address(1, terms.payer) &&
    address(2, terms.payee) &&
    address(3, terms.operator) &&
    address(4, terms.token) &&
    big(5, terms.amount, UINT96) &&
    whole(6, terms.authorizeBy, UINT40) &&
    whole(7, terms.captureBy, UINT40) &&
    whole(8, terms.refundBy, UINT40) &&
    whole(9, terms.minFeeBps, UINT16) &&
    whole(10, terms.maxFeeBps, UINT16) &&
    address(11, terms.feeReceiver) &&
    address(12, terms.arbiter) &&
    big(13, terms.disputeBond, UINT96) &&
    whole(14, terms.defaultSplitBps, UINT16) &&
    whole(15, terms.rulingWindow, UINT32) &&
    whole(16, SILENCE_RULES[terms.silenceRule], 256) &&
    whole(17, terms.maxHold, UINT32) &&
    referral(18, terms.referral) &&
    whole(19, FEE_TIERS[terms.feeTier], 256) &&
    big(20, terms.salt, UINT256)
  );
}

/**
 * A function from terms to their payment id on one escrow, in lower case. The encoding is a fixed template, a hundredth of the work of
 * the SDK's `paymentId`, which says the same and is asked wherever a value does not fit, for its error.
 *
 * @throws SluiceError through the returned function, naming the field that is wrong.
 */
export function paymentIds(site: EscrowSite): (terms: Terms) => string {
  const domain = { ...escrowDomain, chainId: site.chainId, verifyingContract: site.escrow };
  const domainSeparator = TypedDataEncoder.hashDomain(domain);
  return (terms) => (encode(terms) ? typedDigest(words.bytes, domainSeparator) : paymentId(terms, site).toLowerCase());
}
