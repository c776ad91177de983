import { hexlify, isHexString, keccak256, type Provider } from "ethers";

import type { ChannelSite } from "../channels.ts";
import { isValidContractSignature } from "../contractSignature.ts";
import { ethersCurve, type VoucherCurve } from "../vouchers/curve.ts";
import { voucherDigestOf } from "../vouchers/digest.ts";
import { signatureKey } from "../vouchers/recovery.ts";
import type { VoucherToVerify } from "../vouchers/verify.ts";

/**
 * What a seller risks and spends on vouchers that contract accounts sign (EIP-1271). A contract may accept a signature today and
 * refuse it when it is redeemed, so what one channel owes unredeemed is bounded.
 */
export type ContractSignerLimits = {
  /** Most that a channel of such a signer may owe unredeemed, in the token's smallest unit. */
  mostUnredeemed: bigint;
  /** Most questions a second to contracts that have accepted nothing so far, all of them together; 10 when absent. */
  strangersPerSecond?: number;
  /** Most questions a second to one contract that has; 50 when absent. */
  questionsPerSecond?: number;
  /** Most gas a contract may think with; 200,000 when absent. */
  gasLimit?: bigint;
};

export type ContractSignerOptions = ContractSignerLimits & {
  provider: Provider;
  curve?: VoucherCurve | undefined;
  /** How old what is known of a contract may be, in seconds. */
  maxAgeSeconds: number;
  now: () => number;
};

/** What is known of an account. */
type Account = {
  /** Hash of its code; undefined where it has none. */
  code: string | undefined;
  /** When the code was read, seconds since the Unix epoch. */
  readAt: number;
  /** The key whose signatures over digests as they are it accepted last, and when. */
  owner: string | undefined;
  ownerAt: number;
  questions: Bucket;
};

type Bucket = { take(now: number): boolean };

const accountsKept = 10_000;
const usual = { strangersPerSecond: 10, questionsPerSecond: 50, gasLimit: 200_000n };
/** Longest signature that is handed to a contract. */
const mostSignature = 8_192;

/**
 * Asks contract accounts about vouchers, and remembers for `maxAgeSeconds` which key's plain signatures one of them accepts: a wallet
 * with one owner is asked once in that time. Code that changes makes it forgotten.
 * @throws whatever the provider throws
 */
export function contractSigners(
  site: ChannelSite,
  options: ContractSignerOptions,
): (voucher: VoucherToVerify) => Promise<"contract" | "invalid" | "busy"> {
  const { provider, now, maxAgeSeconds, curve = ethersCurve } = options;
  const { strangersPerSecond, questionsPerSecond, gasLimit } = { ...usual, ...options };
  const digestOf = voucherDigestOf(site, curve.keccak);
  const accounts = new Map<string, Account>();
  const strangers = bucket(strangersPerSecond);

  const read = async (signer: string): Promise<Account> => {
    const code = await provider.getCode(signer);
    const before = accounts.get(signer);
    const hash = code === "0x" ? undefined : keccak256(code);
    const same = before !== undefined && before.code === hash ? before : undefined;
    const fresh = { owner: undefined, ownerAt: 0, questions: bucket(questionsPerSecond) };
    const account: Account = { ...(same ?? fresh), code: hash, readAt: now() };
    if (accounts.size >= accountsKept) accounts.clear();
    accounts.set(signer, account);
    return account;
  };
  const isFresh = (at: number): boolean => now() - at <= maxAgeSeconds;

  return async ({ channel, cumulative, signature, signer }) => {
    if (!isHexString(signature) || signature.length > 2 * mostSignature) return "invalid";
    const digest = Uint8Array.from(digestOf(channel, cumulative));
    const known = accounts.get(signer);
    if (known && isFresh(known.readAt)) {
      if (known.code === undefined) return "invalid";
      const key = known.owner && isFresh(known.ownerAt) ? signatureKey(curve, () => digest, signature) : undefined;
      if (key !== undefined && key === known.owner) return "contract";
    }
    const questions = known !== undefined && known.ownerAt > 0 ? known.questions : strangers;
    if (!questions.take(now())) return "busy";
    const account = known && isFresh(known.readAt) ? known : await read(signer);
    if (account.code === undefined) return "invalid";
    const asked = { signer, digest: hexlify(digest), signature };
    if (!(await isValidContractSignature(provider, asked, { gasLimit }))) return "invalid";
    account.owner = signatureKey(curve, () => digest, signature);
    account.ownerAt = now();
    return "contract";
  };
}

/** At most so many a second, and as many at once. */
function bucket(perSecond: number): Bucket {
  let [left, filledAt] = [perSecond, 0];
  return {
    take: (now) => {
      left = Math.min(perSecond, left + Math.max(0, now - filledAt) * perSecond);
      filledAt = now;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
