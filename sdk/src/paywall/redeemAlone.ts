import { checkAddress } from "../checks.ts";
import { SluiceError } from "../failure.ts";
import { voucherVerifier } from "../vouchers/verify.ts";
import { redeemRewarded, redeemVoucher, type SignedBounty } from "./payouts.ts";
import { questionAbout, type RedeemerOptions } from "./redeemerOptions.ts";
import type { ChannelRecord } from "./store.ts";

/** Whether the terms' signer is a contract that accepts the voucher; a row of a batch is a key's. */
export function isContractSigned(
  { terms, channel, signed, signature }: ChannelRecord,
  { site, curve }: Pick<RedeemerOptions, "site" | "curve">,
): boolean {
  if (terms.session !== undefined) return false;
  const voucher = { channel, cumulative: signed, signature, signer: terms.signer };
  return !voucherVerifier(site, curve).verify(voucher);
}

/** Whether a record has a transaction of its own: the signer is a contract or of a session, or a bounty waits for it. */
export function isRedeemedAlone(
  record: ChannelRecord,
  options: RedeemerOptions,
  leaving: ReadonlyMap<string, number>,
): boolean {
  const ofSession = record.terms.session !== undefined;
  return ofSession || bountyFor(record, options, leaving) !== undefined || isContractSigned(record, options);
}

/**
 * Redeems one record, with an attestation where it needs one and there is one.
 * @returns why it was not paid, undefined where it was
 */
export async function redeemAlone(
  record: ChannelRecord,
  options: RedeemerOptions,
  leaving: ReadonlyMap<string, number>,
): Promise<string | undefined> {
  const problem = await attempt(record, "0x", options, leaving);
  if (problem !== "AttestationNeeded") return problem;
  const attestation = await options.attest?.(questionAbout([record], record.terms));
  return attestation === undefined ? "NeedsAttestation" : attempt(record, attestation, options, leaving);
}

async function attempt(
  record: ChannelRecord,
  attestation: string,
  options: RedeemerOptions,
  leaving: ReadonlyMap<string, number>,
): Promise<string | undefined> {
  const bounty = bountyFor(record, options, leaving);
  if (bounty !== undefined) {
    const problem = await redeemRewarded(options, record, attestation, bounty);
    if (problem?.startsWith("Bounty") !== true) return problem;
    const message = `the contract refuses the bounty of ${bounty.payee} for ${record.channel}: ${problem}`;
    (options.onError ?? console.error)(new SluiceError("SIGNATURE_INVALID", message, "bounties"));
  }
  return redeemVoucher(options, record, attestation);
}

/** The promise that counts now for a record: of its payee, in its token, not expired, while its payer leaves. */
function bountyFor(
  { channel, terms }: ChannelRecord,
  { bounties = [], now }: RedeemerOptions,
  leaving: ReadonlyMap<string, number>,
): SignedBounty | undefined {
  if (!leaving.has(channel) || terms.session !== undefined) return undefined; // sessions have no bounties
  const seconds = now?.() ?? Date.now() / 1000;
  const isFor = ({ payee, token }: SignedBounty): boolean =>
    checkAddress("bounties", payee) === terms.payee && checkAddress("bounties", token) === terms.token;
  return bounties.find((bounty) => isFor(bounty) && seconds < bounty.deadline);
}
