import { computeAddress, SigningKey } from "ethers";

import type { ChannelSite } from "../channels.ts";
import { checkBytes, checkUint } from "../checks.ts";
import { ethersCurve, type VoucherCurve } from "./curve.ts";
import { voucherDigestOf } from "./digest.ts";
import { bytesOf, hexOf } from "./hex.ts";

/** Signs vouchers of one site with one key. */
export type VoucherSigner = {
  /** What the terms name as `signer`. */
  readonly address: string;
  /** @returns 64 bytes of hex (EIP-2098) */
  sign(channel: string, cumulative: bigint): string;
};

/**
 * A key that signs vouchers without a wallet's dialog: an agent's session key. What it can spend is what the channels that name
 * it as their `signer` hold, for the payees they name; it can open, top up and leave none.
 * @param privateKey 32 bytes of hex
 * @example
 * const session = voucherSigner(Wallet.createRandom().privateKey, site);
 * const terms = { payer, payee, token, signer: session.address, exitDelay: 86_400, salt: 1n };
 */
export function voucherSigner(privateKey: string, site: ChannelSite, curve: VoucherCurve = ethersCurve): VoucherSigner {
  const key = bytesOf(checkBytes("privateKey", privateKey, 32));
  const digestOf = voucherDigestOf(site, curve.keccak);
  return {
    address: computeAddress(new SigningKey(key)),
    sign: (channel, cumulative) => {
      const digest = digestOf(checkBytes("channel", channel, 32), checkUint("cumulative", cumulative, 96));
      return hexOf(curve.sign(digest, key));
    },
  };
}
