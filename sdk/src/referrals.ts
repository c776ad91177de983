import { Interface, ZeroAddress, ZeroHash, isHexString, type Result, type Signer } from "ethers";

import { checkAddress, checkBytes } from "./checks.ts";
import { textIn } from "./fields.ts";
import { referralCodesAbi } from "./generated/abi.ts";
import { read, type Reader } from "./read.ts";
import { codeText, referralCode } from "./referralCodes.ts";
import { send, type Call, type EventReader, type SendOptions, type Sent } from "./send.ts";

/** Where referral codes are registered. */
export type ReferralsSite = { chainId: number | bigint; referralCodes: string };

/** A registered code; `offeredTo` may take it over. */
export type Referral = { code: string; owner: string; payout: string; offeredTo: string | undefined };

export type RegisteredEvent = { code: string; tag: string; owner: string; payout: string };
export type PayoutEvent = { code: string; previous: string; payout: string };
export type OfferedEvent = { code: string; owner: string; offeredTo: string };
export type TransferredEvent = { code: string; previous: string; owner: string; payout: string };

const codes = new Interface(referralCodesAbi);
const codeIn = (args: Result): { code: string } => ({ code: codeText(textIn(args, "code")) });

const registeredEvent: EventReader<RegisteredEvent> = {
  name: "CodeRegistered",
  read: (args) => ({
    ...codeIn(args),
    tag: textIn(args, "tag"),
    owner: textIn(args, "owner"),
    payout: textIn(args, "payout"),
  }),
};
const payoutEvent: EventReader<PayoutEvent> = {
  name: "PayoutSet",
  read: (args) => ({ ...codeIn(args), previous: textIn(args, "previous"), payout: textIn(args, "payout") }),
};
const offeredEvent: EventReader<OfferedEvent> = {
  name: "CodeOffered",
  read: (args) => ({ ...codeIn(args), owner: textIn(args, "owner"), offeredTo: textIn(args, "offeredTo") }),
};
const transferredEvent: EventReader<TransferredEvent> = {
  name: "CodeTransferred",
  read: (args) => ({
    ...codeIn(args),
    previous: textIn(args, "previous"),
    owner: textIn(args, "owner"),
    payout: textIn(args, "payout"),
  }),
};

/**
 * Takes a code for the sender.
 * @param payout Where what it earns goes
 * @throws SluiceError `REFERRAL_INVALID`; ContractRevertedError `CodeTaken`, see `send`. So do all functions below.
 * @example
 * await referrals.register(affiliate, { chainId, referralCodes: deployment.governance.referralCodes }, "acme_shop", wallet);
 */
export async function register(
  owner: Signer,
  site: ReferralsSite,
  code: string,
  payout: string,
  options?: SendOptions,
): Promise<Sent<RegisteredEvent>> {
  const args = [referralCode(code), checkAddress("payout", payout)];
  return send(owner, callOf(site, "register", args), registeredEvent, options);
}

/** Changes where a code's earnings go; by its owner. */
export async function setPayout(
  owner: Signer,
  site: ReferralsSite,
  code: string,
  payout: string,
  options?: SendOptions,
): Promise<Sent<PayoutEvent>> {
  const args = [referralCode(code), checkAddress("payout", payout)];
  return send(owner, callOf(site, "setPayout", args), payoutEvent, options);
}

/** First step of a transfer, by the owner: `to` may accept the code. The zero address takes the offer back. */
export async function offer(
  owner: Signer,
  site: ReferralsSite,
  code: string,
  to: string,
  options?: SendOptions,
): Promise<Sent<OfferedEvent>> {
  return send(owner, callOf(site, "offer", [referralCode(code), checkAddress("to", to)]), offeredEvent, options);
}

/** Second step, by whoever it was offered to. `payout`: where earnings go from now on. */
export async function accept(
  taker: Signer,
  site: ReferralsSite,
  code: string,
  payout: string,
  options?: SendOptions,
): Promise<Sent<TransferredEvent>> {
  const args = [referralCode(code), checkAddress("payout", payout)];
  return send(taker, callOf(site, "accept", args), transferredEvent, options);
}

/**
 * The code of this text, or the one behind a payment's `referral` (12 bytes of hex).
 * @returns undefined where it is not registered
 */
export async function lookup(reader: Reader, site: ReferralsSite, codeOrTag: string): Promise<Referral | undefined> {
  const code = isHexString(codeOrTag) ? await codeBehind(reader, site, codeOrTag) : referralCode(codeOrTag);
  if (code === ZeroHash) return undefined;
  const [found] = (await read(reader, callOf(site, "record", [code]))) as unknown as [Result]; // one struct
  const owner = textIn(found, "owner");
  if (owner === ZeroAddress) return undefined;
  const offeredTo = textIn(found, "offeredTo");
  return {
    code: codeText(code),
    owner,
    payout: textIn(found, "payout"),
    offeredTo: offeredTo === ZeroAddress ? undefined : offeredTo,
  };
}

async function codeBehind(reader: Reader, site: ReferralsSite, tag: string): Promise<string> {
  const [code] = await read(reader, callOf(site, "codeOf", [checkBytes("referral", tag, 12)]));
  return String(code);
}

function callOf({ chainId, referralCodes }: ReferralsSite, method: string, args: readonly unknown[]): Call {
  return { chainId, to: checkAddress("referralCodes", referralCodes), abi: codes, method, args };
}
