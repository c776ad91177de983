import { channelId, type ChannelSite, type ChannelTerms } from "../channels.ts";
import { SluiceError } from "../failure.ts";
import { voucherDigestOf } from "../vouchers/digest.ts";
import { hexOf } from "../vouchers/hex.ts";
import { voucherVerifier, type VoucherToVerify } from "../vouchers/verify.ts";

/** The shape of `vectors.json`: terms as JSON, and vouchers with what any implementation must answer. */
export type Vectors = {
  site: { chainId: number; channels: string };
  terms: Omit<ChannelTerms, "salt"> & { salt: string };
  channelId: string;
  vouchers: {
    /** Row of the attack list that the vector stands for. */
    attack: string;
    what: string;
    channel: string;
    cumulative: string;
    digest: string;
    signature: string;
    valid: boolean;
  }[];
};

/** What an implementation of vouchers answers; where a function is absent this package's is taken. */
export type VoucherImplementation = {
  channelId?: (terms: ChannelTerms, site: ChannelSite) => string;
  digest?: (channel: string, cumulative: bigint, site: ChannelSite) => string;
  verify?: (voucher: VoucherToVerify) => boolean;
};

/**
 * Holds an implementation to the vectors.
 * @returns what it got wrong, one line each; none where it agrees with all
 * @throws SluiceError `BYTES_INVALID` where the vectors hold no vouchers
 */
export function checkVectors(vectors: Vectors, implementation: VoucherImplementation = {}): string[] {
  const { site, vouchers } = vectors;
  if (vouchers.length === 0) throw new SluiceError("BYTES_INVALID", "vectors: no vouchers", "vouchers");
  const terms = { ...vectors.terms, salt: BigInt(vectors.terms.salt) };
  const [verifier, digestOf] = [voucherVerifier(site), voucherDigestOf(site)];
  const verify = implementation.verify ?? ((voucher) => verifier.verify(voucher));
  const digest = implementation.digest ?? ((channel, cumulative) => hexOf(digestOf(channel, cumulative)));
  const wrong: string[] = [];
  const id = (implementation.channelId ?? channelId)(terms, site);
  if (id !== vectors.channelId) wrong.push(`channel id: ${id}, want ${vectors.channelId}`);
  for (const { attack, what, channel, signature, valid, ...expected } of vouchers) {
    const cumulative = BigInt(expected.cumulative);
    const digested = digest(channel, cumulative, site);
    if (digested !== expected.digest) wrong.push(`${attack} ${what}: digest ${digested}, want ${expected.digest}`);
    const verified = verify({ channel, cumulative, signature, signer: terms.signer });
    if (verified !== valid) wrong.push(`${attack} ${what}: ${verified ? "valid" : "invalid"}, want the opposite`);
  }
  return wrong;
}
