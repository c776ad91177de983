import type { ChannelSite } from "../channels.ts";
import { ethersCurve, type VoucherCurve } from "./curve.ts";
import { voucherDigestOf } from "./digest.ts";
import { signatureCheck } from "./recovery.ts";

/** A voucher with the key that should have signed it. */
export type VoucherToVerify = {
  /** The channel's id, 32 bytes of hex. */
  channel: string;
  /** In the token's smallest unit, below 2^96. */
  cumulative: bigint;
  /** 64 bytes (EIP-2098) or 65 bytes (r, s, v) of hex. */
  signature: string;
  /** Address of the terms' signer. */
  signer: string;
};

/** Checks vouchers of one site, quickly. */
export type VoucherVerifier = {
  readonly curve: string;
  /** Whether `signer`'s key signed the voucher. False for anything malformed, a high s included: such a row cannot be redeemed. */
  verify(voucher: VoucherToVerify): boolean;
};

const highest = 1n << 96n;

/**
 * A verifier of the vouchers of one contract on one chain.
 * @param curve `ethersCurve` when absent; `nativeCurve(…)` verifies some 30 times as many
 * @throws SluiceError naming the field of the site that is wrong
 * @example
 * const verifier = voucherVerifier({ chainId: 8453, channels }, nativeCurve(native));
 * if (!verifier.verify({ channel, cumulative, signature, signer: terms.signer })) refuse();
 */
export function voucherVerifier(site: ChannelSite, curve: VoucherCurve = ethersCurve): VoucherVerifier {
  const digestOf = voucherDigestOf(site, curve.keccak);
  const signed = signatureCheck(curve);
  return {
    curve: curve.name,
    verify: ({ channel, cumulative, signature, signer }) => {
      if (cumulative < 0n || cumulative >= highest) return false;
      return signed(() => digestOf(channel, cumulative), signature, signer);
    },
  };
}
