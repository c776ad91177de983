import {
  concat,
  dataLength,
  dataSlice,
  getBytes,
  hexlify,
  keccak256,
  toBeHex,
  toUtf8Bytes,
  toUtf8String,
  ZeroHash,
} from "ethers";

import { checkAddress, checkBytes, checkUint } from "./checks.ts";
import { SluiceError } from "./failure.ts";

const TAG_BYTES = 12;
/** Nothing but a–z, 0–9 and _, a letter first; one of more than twelve characters has another than a hexadecimal digit. */
const CODE = /^[a-z][a-z0-9_]{2,31}$/;
const LONG_HEX = /^[0-9a-f]{13,}$/;

/** ERC-8021: ends calldata that carries an attribution. */
const MARKER = `0x${"8021".repeat(8)}`;
const MARKER_BYTES = 16;

/**
 * A referral code as the contract `ReferralCodes` takes it: its text left-aligned in 32 bytes.
 * @throws SluiceError `REFERRAL_INVALID` where the contract would refuse it
 */
export function referralCode(text: string): string {
  if (!CODE.test(text) || LONG_HEX.test(text)) {
    const rule = "3 to 32 characters a-z, 0-9, _, a letter first; longer than 12 not in hexadecimal digits alone";
    throw new SluiceError("REFERRAL_INVALID", `referral: ${JSON.stringify(text)} is no code (${rule})`, "referral");
  }
  return hexlify(concat([toUtf8Bytes(text), ZeroHash])).slice(0, 66);
}

/** The text in the 32 bytes of a registered code. */
export function codeText(code: string): string {
  return toUtf8String(stripZerosRight(checkBytes("code", code, 32)));
}

function stripZerosRight(hex: string): string {
  return hex.replace(/(00)+$/, "");
}

/**
 * What stands for a code in a payment's terms, field `referral`: the text itself where twelve bytes hold it, and otherwise 95
 * bits of its hash behind a leading 1.
 * @example
 * const terms = payments.draftTerms({ …, referral: referralTag("acme_shop") });
 * @throws SluiceError `REFERRAL_INVALID`
 */
export function referralTag(text: string): string {
  const code = referralCode(text);
  if (text.length <= TAG_BYTES) return dataSlice(code, 0, TAG_BYTES);
  return toBeHex(BigInt(dataSlice(keccak256(code), 0, TAG_BYTES)) | (1n << 95n), TAG_BYTES);
}

/**
 * The code that a payment's referral is, where it can be read from it: undefined for none, and for the tag of a code of more
 * than twelve characters, which `referrals.lookup` finds.
 */
export function referralText(tag: string): string | undefined {
  const bytes = checkBytes("referral", tag, TAG_BYTES);
  try {
    const text = toUtf8String(stripZerosRight(bytes));
    return CODE.test(text) ? text : undefined;
  } catch {
    return undefined; // no text
  }
}

/**
 * ERC-8021 suffix for the end of a transaction's calldata, which contracts do not read: schema 0, or with a registry schema 1.
 * @param codes Who took part, the first counts as the referrer
 * @throws SluiceError `REFERRAL_INVALID`
 */
export function attributionSuffix(
  codes: readonly string[],
  registry?: { chainId: number | bigint; address: string },
): string {
  const text = toUtf8Bytes(codes.map((code) => (referralCode(code), code)).join(","));
  if (codes.length === 0 || text.length > 255) {
    throw new SluiceError("REFERRAL_INVALID", "attribution: 1 to 255 bytes of codes", "referral");
  }
  const list = concat([text, toBeHex(text.length, 1)]);
  if (registry === undefined) return concat([list, "0x00", MARKER]);
  const chain = toBeHex(checkUint("chainId", registry.chainId, 256));
  const place = [checkAddress("registry", registry.address), chain, toBeHex(dataLength(chain), 1)];
  return concat([...place, list, "0x01", MARKER]);
}

/** Codes of an ERC-8021 suffix, schema 0 or 1, with the registry it names; undefined where there is no whole one. */
export function attributionOf(
  data: string,
): { codes: string[]; registry?: { chainId: bigint; address: string } } | undefined {
  const bytes = getBytes(data);
  const end = bytes.length - MARKER_BYTES - 1;
  if (end < 1 || hexlify(bytes.slice(end + 1)) !== MARKER) return undefined;
  const schema = bytes[end];
  const length = bytes[end - 1] ?? 0;
  const start = end - 1 - length;
  if (length === 0 || start < 0 || (schema !== 0 && schema !== 1)) return undefined;
  const text = textOf(bytes.slice(start, end - 1));
  if (text === undefined) return undefined;
  const codes = text.split(",");
  if (schema === 0) return { codes };
  const chainBytes = bytes[start - 1] ?? 0;
  const chainStart = start - 1 - chainBytes;
  if (chainBytes === 0 || chainBytes > 32 || chainStart < 20) return undefined;
  const chainId = BigInt(hexlify(bytes.slice(chainStart, start - 1)));
  return {
    codes,
    registry: { chainId, address: checkAddress("registry", hexlify(bytes.slice(chainStart - 20, chainStart))) },
  };
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return toUtf8String(bytes);
  } catch {
    return undefined; // not UTF-8: no codes
  }
}
