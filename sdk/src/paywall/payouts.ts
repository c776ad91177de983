import { Interface, type Provider, type Signer } from "ethers";

import { packSession, type Bounty } from "../channelConsent.ts";
import { packChannelTerms, type ChannelSite } from "../channels.ts";
import { wholeIn } from "../fields.ts";
import { paymentChannelsAbi } from "../generated/abi.ts";
import { read } from "../read.ts";
import { ContractRevertedError } from "../reverts.ts";
import { execute, type Call } from "../send.ts";
import type { ChannelRecord } from "./store.ts";

/** What a payee promises for his last voucher, and his signature over it, by `signBounty`. */
export type SignedBounty = Bounty & { payeeSignature: string };

/** Who calls which contract. */
export type Caller = { site: ChannelSite; provider: Provider; signer: Signer };

const abi = new Interface(paymentChannelsAbi);

/** Redeems one channel, for signers that are contracts and keys of sessions. @returns the contract's error by name, undefined where it paid */
export function redeemVoucher(
  caller: Caller,
  { terms, signed, signature }: ChannelRecord,
  attestation: string,
): Promise<string | undefined> {
  const packed = packChannelTerms(terms);
  if (terms.session === undefined) return attempt(caller, "redeem", [packed, signed, signature, attestation]);
  return attempt(caller, "redeemBySession", [packed, signed, packSession(terms.session), signature, attestation]);
}

/** Redeems one channel in its exit window and takes what its payee promised for that. */
export function redeemRewarded(
  caller: Caller,
  { terms, signed, signature }: ChannelRecord,
  attestation: string,
  { payeeSignature, ...bounty }: SignedBounty,
): Promise<string | undefined> {
  const voucher = [packChannelTerms(terms), signed, signature, attestation];
  return attempt(caller, "redeemForBounty", [...voucher, bounty, payeeSignature]);
}

/** Queues what is above the risk cap; an entry that waits already counts as done. */
export function queueVoucher(caller: Caller, { terms, signed, signature }: ChannelRecord): Promise<string | undefined> {
  const packed = packChannelTerms(terms);
  if (terms.session === undefined) return attempt(caller, "queue", [packed, signed, signature]);
  return attempt(caller, "queueBySession", [packed, signed, packSession(terms.session), signature]);
}

/** Pays what was queued, once its time has come. */
export function releaseQueued(caller: Caller, { terms }: ChannelRecord): Promise<string | undefined> {
  return attempt(caller, "release", [packChannelTerms(terms)]);
}

/** What waits in a channel's queue; zeros where nothing does. */
export async function queuedIn(
  { site, provider }: Pick<Caller, "site" | "provider">,
  channel: string,
  block: number | "latest" = "latest",
): Promise<{ cumulative: bigint; releaseAt: number }> {
  const answer = await read(provider, callOf(site, "queueOf", [channel]), block);
  const [entry] = answer.toArray() as [Parameters<typeof wholeIn>[0]]; // a struct decodes to a result
  return { cumulative: wholeIn(entry, "cumulative"), releaseAt: Number(wholeIn(entry, "releaseAt")) };
}

async function attempt({ site, signer }: Caller, method: string, args: unknown[]): Promise<string | undefined> {
  try {
    await execute(signer, callOf(site, method, args));
    return undefined;
  } catch (error) {
    if (error instanceof ContractRevertedError) return error.details.name;
    throw error;
  }
}

function callOf({ chainId, channels }: ChannelSite, method: string, args: readonly unknown[]): Call {
  return { chainId, to: channels, abi, method, args };
}
