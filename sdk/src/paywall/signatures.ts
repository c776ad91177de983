import type { Provider } from "ethers";

import type { ChannelSite } from "../channels.ts";
import { voucherKeyOf, type PaidTerms } from "../sessionText.ts";
import type { VoucherCurve } from "../vouchers/curve.ts";
import { p256VoucherVerifier } from "../vouchers/p256.ts";
import { voucherVerifier } from "../vouchers/verify.ts";
import { contractSigners, type ContractSignerLimits } from "./contractSigners.ts";
import { p256Support } from "./p256Support.ts";
import type { KeyVerifier } from "./threads.ts";

/** A voucher as it came, and the terms it names. */
export type VoucherClaim = { terms: PaidTerms; channel: string; cumulative: bigint; signature: string };

/** `key`: a key signed; `contract`: a contract accepts it, for now; `busy`: too many contracts are being asked. */
export type SignatureVerdict = "key" | "contract" | "invalid" | "busy";

export type SignatureOptions = {
  curve?: VoucherCurve | undefined;
  /** Instead of one of `curve`. */
  verifier?: KeyVerifier | undefined;
  provider: Provider;
  /** Absent where contracts sign for nobody. */
  contractSigners?: ContractSignerLimits | undefined;
  maxAgeSeconds: number;
  now: () => number;
};

/**
 * Judges signatures of vouchers as the contract will: of keys at once, of P-256 session keys where the chain can, and of contract
 * accounts by asking them.
 * @throws whatever the provider throws
 */
export function voucherSignatures(
  site: ChannelSite,
  options: SignatureOptions,
): (claim: VoucherClaim) => SignatureVerdict | Promise<SignatureVerdict> {
  const verifier = options.verifier ?? voucherVerifier(site, options.curve);
  const p256 = p256VoucherVerifier(site);
  const canP256 = p256Support(options.provider);
  const limits = options.contractSigners;
  const contracts = limits && contractSigners(site, { ...options, ...limits });
  return (claim) => {
    const { terms, channel, cumulative, signature } = claim;
    const signer = voucherKeyOf(terms);
    if (terms.session?.keyKind === "P256") {
      const signed = p256({ channel, cumulative, signature, key: signer });
      return signed.then(async (valid) => (valid && (await canP256()) ? "key" : "invalid"));
    }
    const voucher = { channel, cumulative, signature, signer };
    const verdict = (valid: boolean): SignatureVerdict | Promise<SignatureVerdict> => {
      if (valid) return "key";
      return contracts === undefined ? "invalid" : contracts(voucher);
    };
    const valid = verifier.verify(voucher);
    return typeof valid === "boolean" ? verdict(valid) : valid.then(verdict);
  };
}
